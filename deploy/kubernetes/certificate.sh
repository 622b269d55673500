#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the certificate with which qinling-engine talks to Kubernetes, or renews it:
#   certificate.sh [--ec] [--days N] [--user NAME] [--ca FILE] FOLDER
#
# FOLDER gets ca.pem, cert.pem and key.pem, as Magnum names them. kubectl (or $KUBECTL) must be that of an administrator,
# who may make and approve a CertificateSigningRequest. Files that are there already are replaced, each of them at once
# and cert.pem last, and keep their owners; while it fails they stay as they are.
#   --ec         a key on the curve P-256 instead of RSA with 2048 bits
#   --days N     how long it is valid at most; before Kubernetes 1.22 the cluster's own setting holds (usually a year)
#   --user NAME  whom the rights are given to (default: qinling, as in rbac.yaml)
#   --ca FILE    the CA of the API server, where kubectl's configuration has none
set -eu

die() { printf 'ERROR: %s\n' "$*" >&2; exit 1; }
usage() { sed -n 's/^#   certificate.sh/usage: certificate.sh/p' "$0" >&2; exit 2; }
kubectl() { command "${KUBECTL:-kubectl}" "$@"; }

algorithm=(-algorithm RSA -pkeyopt rsa_keygen_bits:2048)
days='' user=qinling ca='' folder=''
while [ $# -gt 0 ]; do
  case $1 in
    --ec) algorithm=(-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve) ;;
    --days | --user | --ca)
      [ $# -ge 2 ] || usage
      declare "${1#--}=$2"
      shift
      ;;
    -*) usage ;;
    *) [ -z "$folder" ] || usage; folder=$1 ;;
  esac
  shift
done
[ -n "$folder" ] || usage
[[ -z $days || $days =~ ^[1-9][0-9]{0,3}$ ]] || die "--days takes a number from 1 to 9999, not $days"
[[ $user =~ ^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$ ]] || die "--user takes lower case letters, digits, '-' and '.', not $user"
[ -z "$ca" ] || [ -r "$ca" ] || die "cannot read $ca"
for tool in "${KUBECTL:-kubectl}" openssl base64; do
  command -v "$tool" > /dev/null || die "$tool is missing"
done

expiration=
if [ -n "$days" ]; then
  version=$(kubectl get --raw /version) || die "kubectl does not reach the cluster"
  minor=$(sed -n 's/.*"minor": *"\([0-9]*\).*/\1/p' <<< "$version")
  if [ "$minor" -ge 22 ]; then
    expiration="expirationSeconds: $((days * 86400))"
  else
    printf '%s\n' "Kubernetes 1.$minor takes no --days; its own setting holds." >&2
  fi
fi

mkdir -p "$folder"
umask 077
new=$(mktemp -d "$folder/.new-XXXXXX")
request=$user-$(openssl rand -hex 6)
clean_up() {
  trap - EXIT
  rm -rf "$new"
  [ -z "$submitted" ] || kubectl delete csr "$request" --ignore-not-found > /dev/null || true
}
submitted=
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -n "$ca" ]; then
  cat "$ca" > "$new/ca.pem"
else
  kubectl config view --raw --minify --flatten -o 'jsonpath={.clusters[0].cluster.certificate-authority-data}' |
    base64 -d > "$new/ca.pem"
  [ -s "$new/ca.pem" ] || die "kubectl's configuration has no CA of the API server; name its file with --ca"
fi

openssl genpkey "${algorithm[@]}" -out "$new/key.pem" 2> /dev/null || die "openssl cannot make a key"
openssl req -new -key "$new/key.pem" -subj "/CN=$user" -out "$new/request.pem"

submitted=yes
kubectl create -f - > /dev/null << END
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata:
  name: $request
  labels:
    app.kubernetes.io/part-of: qinling
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
  request: $(base64 -w 0 "$new/request.pem")
  $expiration
END
kubectl certificate approve "$request" > /dev/null
deadline=$((SECONDS + 60))
while :; do
  kubectl get csr "$request" -o 'jsonpath={.status.certificate}' | base64 -d > "$new/cert.pem"
  [ ! -s "$new/cert.pem" ] || break
  [ $SECONDS -lt $deadline ] ||
    die "not signed within a minute: $(kubectl get csr "$request" -o 'jsonpath={.status.conditions}')." \
      "Does the controller manager of this cluster sign for kubernetes.io/kube-apiserver-client?"
  sleep 0.5
done
rm "$new/request.pem"
[ "$(openssl x509 -in "$new/cert.pem" -noout -pubkey)" = "$(openssl pkey -in "$new/key.pem" -pubout)" ] ||
  die "the cluster has signed another key"

chmod 600 "$new/key.pem"
chmod 644 "$new/ca.pem" "$new/cert.pem"
for file in ca.pem key.pem cert.pem; do
  [ ! -e "$folder/$file" ] || chown --reference="$folder/$file" "$new/$file" ||
    die "$folder/$file belongs to another user; run this as root"
done
# A cert.pem that has changed tells that all have.
for file in ca.pem key.pem cert.pem; do mv -f "$new/$file" "$folder/$file"; done
printf '%s\n' "$folder/cert.pem is the certificate of $user, valid until $(
  openssl x509 -in "$folder/cert.pem" -noout -enddate | cut -d = -f 2)."
