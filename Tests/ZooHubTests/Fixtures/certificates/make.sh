#!/usr/bin/env bash
# Makes the certificates of the tests: an authority that the tests trust, and what servers show. All share one key, which guards nothing.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/config" <<END
[ca]
default_ca = here
[here]
dir = $work
database = $work/database
new_certs_dir = $work
serial = $work/serial
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
END
touch "$work/database"
echo 01 >"$work/serial"
openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out key.pem

authority() { # name
    openssl req -x509 -new -key key.pem -days 36500 -subj "/CN=$1" -addext "basicConstraints=critical,CA:TRUE" -out "$2"
}
server() { # file, names, first day, last day, authority
    openssl req -new -key key.pem -subj "/CN=test server" -addext "subjectAltName=$2" -out "$work/request"
    openssl ca -batch -notext -config "$work/config" -keyfile key.pem -cert "$5" -in "$work/request" -startdate "$3" -enddate "$4" -out "$1"
}
authority "ModelZoo test authority" authority.pem
authority "Nobody's authority" "$work/nobody.pem"
server good.pem "DNS:localhost,IP:127.0.0.1" 20200101000000Z 21200101000000Z authority.pem
server expired.pem "DNS:localhost,IP:127.0.0.1" 20000101000000Z 20010101000000Z authority.pem
server other-host.pem "DNS:other.example" 20200101000000Z 21200101000000Z authority.pem
server unknown-authority.pem "DNS:localhost,IP:127.0.0.1" 20200101000000Z 21200101000000Z "$work/nobody.pem"
