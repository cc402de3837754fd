#!/usr/bin/env bash
# Makes the accounts, keys and folders of the departments' SFTP server. Run it again after every change: it adds and
# takes away, and touches no file of a department.
#
#   accounts.sh [LIST [KEYS [ROOT]]]
#
# LIST  one department's id a line (as in schemas/departments.yaml), # begins a comment
# KEYS  <department>.pub and hub.pub: public keys, one a line, two during a rotation; options such as from="…" allowed
# ROOT  where the departments' folders lie; the number of an account is kept as the group of its folder
#
# Ends with 0; 1 when a department was left without a login for want of a good key; 3 when nothing could be done.
set -euo pipefail
umask 077

list=${1:-/etc/credit-sftp/departments}
keys=${2:-/etc/credit-sftp/keys}
root=${3:-/srv/sftp}
accepted=/etc/ssh/accounts
everybody=credit-departments
hub=hub
hub_number=19999
first_number=20000
left_out=0

say() { echo "accounts: $*" >&2; }
fail() { say "$*"; exit 3; }

departments() { sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$list"; }

# account NAME NUMBER GROUP: a login without password and shell. With UsePAM no, "*" is not a locked account, "!" is.
account() {
    if getent passwd "$1" >/dev/null; then
        [ "$(id -u "$1")" = "$2" ] || fail "$1 is an account of this system or has another number than its folder"
        return
    fi
    getent group "$1" >/dev/null || groupadd --gid "$2" "$1"
    useradd --uid "$2" --gid "$1" --groups "$3" --no-create-home --home-dir / --shell /usr/sbin/nologin \
        --no-log-init --password '*' "$1"
}

# folder PATH OWNER GROUP MODE
folder() {
    [ ! -L "$1" ] || fail "a link stands where a folder belongs: $1"
    [ -d "$1" ] || mkdir "$1"
    chown "$2:$3" "$1"
    chmod "$4" "$1"
}

# number DEPARTMENT: the group of its folder, so that a new container knows old files; else the next free one.
number() {
    local held=0
    [ ! -d "$root/$1" ] || held=$(stat -c %g "$root/$1")
    if [ "$held" -ge "$first_number" ]; then
        echo "$held"
    else
        { echo $((first_number - 1)); stat -c %g "$root"/*/ 2>/dev/null || true; getent group | cut -d: -f3; } |
            awk -v first="$first_number" '$1 < first + 10000 && $1 > most { most = $1 } END { print most + 1 }'
    fi
}

# key NAME: takes the account's public keys over, or none. "restrict" once more forbids all but the forced command.
key() {
    local given="$keys/$1.pub" lines prints double
    rm -f "$accepted/.$1.new"
    if [ -f "$given" ]; then
        { grep -Ev '^[[:space:]]*(#|$)' "$given" || true; } | tr -d '\r' > "$accepted/.$1.new"
        lines=$(wc -l < "$accepted/.$1.new")
        prints=$(ssh-keygen -l -f "$accepted/.$1.new" 2>/dev/null | awk '{ print $2 }') || prints=
        double=$(awk 'NR == FNR { mine[$1] = 1; next } $1 in mine { print $2; exit }' \
            <(echo "$prints") "$accepted/.prints")
        if [ "$lines" -gt 0 ] && [ "$lines" -eq "$(grep -c . <<< "$prints")" ] && [ -z "$double" ]; then
            sed -i -E 's/^((ssh|sk-ssh|ecdsa)-[^ ]+ )/restrict \1/; t; s/^/restrict,/' "$accepted/.$1.new"
            sed "s/\$/ $1/" <<< "$prints" >> "$accepted/.prints"
            chmod 0644 "$accepted/.$1.new"
            mv -f "$accepted/.$1.new" "$accepted/$1.pub"
            return
        fi
        [ -z "$double" ] || say "$1.pub holds a key of $double"
    fi
    say "$1 cannot log in: $1.pub is missing or holds a line that is no key of its own"
    rm -f "$accepted/.$1.new" "$accepted/$1.pub"
    left_out=1
}

[ -f "$list" ] || fail "there is no list of departments: $list"
names=$(departments)
[ -n "$names" ] || fail "the list of departments is empty"
while read -r name; do
    [[ $name =~ ^[a-z][a-z0-9_]{0,30}$ && $name != "$hub" ]] || fail "this cannot be an account: $name"
done <<< "$names"
[ -z "$(sort <<< "$names" | uniq -d)" ] || fail "a department stands in the list twice"

getent group "$everybody" >/dev/null || groupadd --gid 19998 "$everybody"
getent group "credit-$hub" >/dev/null || groupadd --gid 19997 "credit-$hub"
mkdir -p "$accepted"
chmod 0755 "$accepted"
: > "$accepted/.prints"
folder "$root" root root 0755

account "$hub" "$hub_number" "credit-$hub"
key "$hub"
while read -r name; do
    account "$name" "$(number "$name")" "$everybody"
    folder "$root/$name" root "$name" 0750
    for inside in inbox precheck; do
        folder "$root/$name/$inside" root "$name" 2770
    done
    for inside in outbox templates archive; do
        folder "$root/$name/$inside" "$hub" "$name" 2750
    done
    key "$name"
done <<< "$names"
usermod --groups "credit-$hub,$(paste -sd, <<< "$names")" "$hub"

# Who left the list loses its login; its folder stays. A session that is open goes on until it ends.
for old in $(getent group "$everybody" | cut -d: -f4 | tr , ' '); do
    if ! grep -qxF "$old" <<< "$names"; then
        rm -f "$accepted/$old.pub"
        userdel "$old"
        say "$old has left the list; its folder stays"
    fi
done
rm -f "$accepted/.prints"
exit "$left_out"
