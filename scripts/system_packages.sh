#!/usr/bin/env bash
# Sees to the programs that the tests run beside Python: a PostgreSQL server (15 or newer), a MariaDB server (its core
# alone: no service, no account), OpenSSH's server and client, and those that make faults: strace (system calls that
# fail), faketime (clocks that are wrong), e2fsprogs (power cuts). The clerk's and the public's programs: lftp,
# LibreOffice Calc (no window), Chromium, and pdftotext to read what was printed.
# Installs what is missing through apt when root or passwordless sudo is there, otherwise names it and ends with 1.
set -euo pipefail

has_program() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
has_postgresql() { command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
missing=()
has_postgresql || missing+=(postgresql)
has_program mariadbd || missing+=(mariadb-server-core)
has_program sshd || missing+=(openssh-server)
{ has_program sftp && has_program ssh-keygen; } || missing+=(openssh-client)
has_program strace || missing+=(strace)
has_program faketime || missing+=(faketime)
{ has_program mkfs.ext4 || [ -x /sbin/mkfs.ext4 ]; } || missing+=(e2fsprogs)
has_program lftp || missing+=(lftp)
has_program soffice || missing+=(libreoffice-calc-nogui)
has_program chromium || missing+=(chromium)
has_program pdftotext || missing+=(poppler-utils)
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if sudo -n true 2>/dev/null; then as_root=(sudo -n); else as_root=(no); fi
fi
if [ "${as_root[0]:-}" = no ] || ! command -v apt-get >/dev/null 2>&1; then
    {
        echo "The tests need programs that are not installed. Debian's packages: ${missing[*]}"
        echo "Without root or passwordless sudo (and apt) they cannot be installed from here. Please run once:"
        echo "    sudo apt-get install ${missing[*]}"
    } >&2
    exit 1
fi

# The tests start their own servers on loopback. Debian would start the packages' services as well, on every address:
# this file, Debian's own switch, says no while we install.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

echo "Installing Debian packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null

if [ -d /run/systemd/system ]; then
    for service in postgresql ssh ssh.socket; do
        "${as_root[@]}" systemctl disable --quiet "$service" 2>/dev/null || echo "No service $service to switch off"
    done
fi
