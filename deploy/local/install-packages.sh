#!/bin/sh
# Installs Debian packages without letting any of them start a server of its own: install-packages.sh GUARD PACKAGE...
# GUARD is the file that Debian's packages ask before they start a service (policy-rc.d). One that the machine has already
# is left as it is; ours is gone again when this ends, however it ends.
set -eu
guard=$1
shift

fresh=no
case " $* " in *" rabbitmq-server "*) fresh=yes ;; esac

if [ ! -e "$guard" ]; then
  trap 'rm -f "$guard"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$guard"
  chmod 755 "$guard"
fi

export DEBIAN_FRONTEND=noninteractive
install_all() {
  apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}
# The lists of a fresh machine are empty, those of an old one name versions that are gone: then, and only then, ask anew.
if ! install_all "$@"; then
  apt-get -o DPkg::Lock::Timeout=300 update
  install_all "$@"
fi

# The package was installed for its programs: the machine's own server stays off, now and at the next boot.
if [ "$fresh" = yes ] && [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then
  systemctl disable --now rabbitmq-server.service || echo "rabbitmq-server.service could not be disabled"
fi
