# Runs one engine: sh -c THIS sh RUN_DIRECTORY COMMAND...
# It is the leader of the run's session, stays outside the sandbox, and alone writes handle.json and exit.json.
set -u
umask 077
directory=$1
shift
# Signals to the group are for the engine; this waits for its end. A trapped signal, unlike an ignored one, is reset for children.
trap : TERM INT HUP

twentieth() {
    shift 19
    echo "$1"
}
read -r stat < /proc/$$/stat || exit 125
ticks=$(twentieth ${stat##*) }) || exit 125
read -r boot < /proc/sys/kernel/random/boot_id || exit 125
printf '{"pid":%s,"start_ticks":%s,"boot_id":"%s","started":%s}\n' "$$" "$ticks" "$boot" "$(date +%s)" > "$directory/handle.$$" || exit 125
# A hard link, unlike a rename, fails where the name is taken: by a gateway that has given this run up.
ln "$directory/handle.$$" "$directory/handle.json" || { rm -f "$directory/handle.$$"; exit 125; }
rm -f "$directory/handle.$$"

"$@" < /dev/null > "$directory/stdout" 2> "$directory/stderr"
code=$?

printf '{"exit_code":%s,"ended":%s}\n' "$code" "$(date +%s)" > "$directory/exit.$$" || exit 125
sync "$directory/exit.$$"
mv "$directory/exit.$$" "$directory/exit.json"
