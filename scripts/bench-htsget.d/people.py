"""The participants of the synthetic files. No participant is a real person."""

READS_PERSON = "BENCH-READS"
JOINT_PEOPLE = [f"BENCH-J{number:04}" for number in range(1, 1201)]
# Every second participant of the joint file consents. The data of the other participants is not served.
CONSENTING = JOINT_PEOPLE[::2]
