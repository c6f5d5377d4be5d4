#!/bin/sh
# Adds a user to a site's mosquitto: a password, and the access rules of a role (see acl beside this file).
#   add-user.sh ROLE NAME [DIRECTORY]      ROLE: device, terminal, kiosk, viewer, fleet or cleaner; DIRECTORY: /etc/mosquitto
# The password is asked for, or read from standard input. Afterwards: systemctl reload mosquitto
set -eu

[ $# -ge 2 ] || { sed -n '2,4s/^# *//p' "$0" >&2; exit 2; }
role=$1 name=$2 directory=${3:-/etc/mosquitto}
acl=$directory/acl passwords=$directory/passwords

case $name in
    *[!A-Za-z0-9._-]* | '' | any | blob) echo "add-user.sh: a name has letters, digits, '.', '_' and '-', found '$name'" >&2; exit 2 ;;
esac
[ -f "$acl" ] || { echo "add-user.sh: expected the access rules in '$acl', found no file" >&2; exit 1; }
block=$(awk -v role="[$role]" -v name="$name" '
    index($0, "#" role) == 1 { inside = 1; next }
    inside && !/^#/ { exit }
    inside { sub(/^#/, ""); gsub(/NAME/, name); print }' "$acl")
[ -n "$block" ] || { echo "add-user.sh: expected device, terminal, kiosk, viewer, fleet or cleaner, found '$role'" >&2; exit 2; }
if grep -qx "user $name" "$acl"; then echo "add-user.sh: '$name' has rules in '$acl' already; remove its block first" >&2; exit 1; fi

[ -f "$passwords" ] || (umask 077 && : > "$passwords")
if [ -t 0 ]; then
    mosquitto_passwd "$passwords" "$name"
else
    # mosquitto_passwd asks a terminal; given a file in the clear, it hashes it. The password is on no command line.
    IFS= read -r password
    clear=$(umask 077 && mktemp)
    trap 'rm -f "$clear"' EXIT
    printf '%s:%s\n' "$name" "$password" > "$clear"
    mosquitto_passwd -U "$clear"
    cat "$clear" >> "$passwords"
fi
printf '\n%s\n' "$block" >> "$acl"
echo "$name: $role"
