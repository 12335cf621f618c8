"""Who the made files are of. Nobody of them is real."""

READS_PERSON = "BENCH-READS"
JOINT_PEOPLE = [f"BENCH-J{number:04}" for number in range(1, 1201)]
# Every other one agreed; the others said nothing, and nothing of them is served.
CONSENTING = JOINT_PEOPLE[::2]
