#!/usr/bin/env bash
# fake_sys.sh RECORDING COMMAND [ARGUMENT ...]
#
# Runs a command that sees a recorded machine's /sys/devices/system and
# /proc/meminfo in the true places, so that the real libnuma reads the
# recording. Needs root for a mount namespace, and changes nothing outside of
# it. System calls are not faked: affinities stay those of this machine.
set -euo pipefail

if [ -z "${RECORDING:-}" ]; then
  RECORDING=$(readlink -f "$1")
  export RECORDING
  shift
  exec unshare --mount bash "$0" "$@"
fi

mount --make-rprivate /
mount --bind "$RECORDING/sys/devices/system" /sys/devices/system
if [ -e "$RECORDING/proc/meminfo" ]; then
  mount --bind "$RECORDING/proc/meminfo" /proc/meminfo
fi

# libnuma refuses maps that are wider than the masks of this kernel: their
# first words go where they are zero, and so does a NUL at the end.
words=$(sed -n 's/^Cpus_allowed:\t//p' /proc/self/status | tr ',' '\n' | wc -l)
for map in /sys/devices/system/node/node*/cpumap; do
  [ -e "$map" ] || continue
  trimmed=$(mktemp)
  tr -d '\0\n' <"$map" | awk -v words="$words" '{
    count = split($0, word, ",")
    first = 1
    while (count - first + 1 > words && word[first] ~ /^0*$/) first++
    text = word[first]
    for (next_word = first + 1; next_word <= count; next_word++) {
      text = text "," word[next_word]
    }
    print text
  }' >"$trimmed"
  mount --bind "$trimmed" "$map"
  rm "$trimmed"
done

exec "$@"
