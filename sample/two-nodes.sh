#!/usr/bin/env bash
# Shows two nodes with one login: log in on A, use the token on B, log out on A, and see B
# refuse the token.
#
#   docker compose up --build            # A on port 8081, B on port 8082
#   sample/two-nodes.sh
#
# It works with any two nodes that share Redis and keys: sample/two-nodes.sh URL-OF-A URL-OF-B
# It needs bash 5 and curl. The exit status is 0 if B refused the token within LIMIT_MS (5000).
set -euo pipefail

a=${1:-http://127.0.0.1:8081}
b=${2:-http://127.0.0.1:8082}
limit=${LIMIT_MS:-5000}

now_ms() { local t=$EPOCHREALTIME; echo $((${t/[.,]/} / 1000)); }
status() { curl -s -o /dev/null -w '%{http_code}' --max-time 10 "$@"; }

reply=$(curl -sS --max-time 10 "$a/login" -d username=user1 -d password=password123)
token=$(sed 's/.*"access_token":"\([^"]*\)".*/\1/' <<<"$reply")
if [ "$token" = "$reply" ]; then
	echo "A does not let user1 in: $reply" >&2
	exit 1
fi
echo "A: logged in"

before=$(status "$b/protected" -H "Authorization: Bearer $token")
echo "B: $before with the token of A"
if [ "$before" != 200 ]; then
	echo "B does not accept it: do the nodes share Redis and JWT_SECRET?" >&2
	exit 1
fi

out=$(status -X POST "$a/logout" -H "Authorization: Bearer $token")
begin=$(now_ms)
echo "A: $out to the logout"

while after=$(status "$b/protected" -H "Authorization: Bearer $token") && [ "$after" != 401 ]; do
	if (($(now_ms) - begin > limit)); then
		echo "B still answers $after after $limit ms" >&2
		exit 1
	fi
done
echo "B: 401, at most $(($(now_ms) - begin)) ms after A had answered"
