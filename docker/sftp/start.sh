#!/usr/bin/env bash
# Starts the departments' SFTP server: a host key at the first start, the accounts, then sshd in the foreground.
# Words are passed on to sshd. Beside this file lie accounts.sh and, at /etc/ssh, the sshd_config of this folder.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
host_key=/etc/ssh/host-keys/ssh_host_ed25519_key

mkdir -p /run/sshd "$(dirname "$host_key")"
chmod 0755 /run/sshd
if [ ! -s "$host_key" ]; then
    ssh-keygen -q -t ed25519 -N '' -C '' -f "$host_key"
fi
chmod 0600 "$host_key"
echo "start: the host key to be pinned: $(cut -d' ' -f1,2 "$host_key.pub")" >&2

# A department without a good key (1) keeps no other waiting.
bash "$here/accounts.sh" || [ $? -eq 1 ]

/usr/sbin/sshd -t -f /etc/ssh/sshd_config

# A client sends the mode that its file has at home. One that is closed to others there must not be closed to the hub,
# which could not collect it. Departments make no links and no folders, so that what is found is theirs and no other's.
while sleep 0.5; do
    # Files that were collected meanwhile are no trouble.
    find /srv/sftp/*/inbox /srv/sftp/*/precheck -maxdepth 1 -type f ! -perm 0440 -exec chmod 0440 {} + 2>/dev/null || true
done &

exec /usr/sbin/sshd -D -e -f /etc/ssh/sshd_config "$@"
