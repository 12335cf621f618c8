# Runs one engine: sh -c THIS sh RUN_DIRECTORY CONTROL_GROUP COMMAND...    (CONTROL_GROUP is - if there is none)
# The script leads the session of the run and stays outside the sandbox. Only this script writes handle.json and exit.json.
set -u
umask 077
directory=$1
group=$2
shift 2
# Signals to the group are for the engine; this script waits for the end of the engine. A trapped signal, unlike an ignored one, is reset
# for children.
trap : TERM INT HUP

twentieth() {
    shift 19
    echo "$1"
}
read -r stat < /proc/$$/stat || exit 125
ticks=$(twentieth ${stat##*) }) || exit 125
read -r boot < /proc/sys/kernel/random/boot_id || exit 125
printf '{"pid":%s,"start_ticks":%s,"boot_id":"%s","started":%s}\n' "$$" "$ticks" "$boot" "$(date +%s)" > "$directory/handle.$$" || exit 125
# A gateway that gave up this run has already created handle.json. A hard link then fails, but a rename would replace the file.
ln "$directory/handle.$$" "$directory/handle.json" || { rm -f "$directory/handle.$$"; exit 125; }
rm -f "$directory/handle.$$"

# Only the processes in the parentheses belong to the control group. If the machine runs out of memory, the kernel ends these processes
# first. Descriptor 9 is the filter of system calls.
(
    [ "$group" = - ] || echo 0 > "$group/cgroup.procs" || exit 125
    echo 1000 > /proc/self/oom_score_adj
    exec "$@"
) < /dev/null > "$directory/stdout" 2> "$directory/stderr" 9< "$directory/filter"
code=$?

printf '{"exit_code":%s,"ended":%s}\n' "$code" "$(date +%s)" > "$directory/exit.$$" || exit 125
sync "$directory/exit.$$"
mv "$directory/exit.$$" "$directory/exit.json"
