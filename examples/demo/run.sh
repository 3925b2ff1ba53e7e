#!/bin/bash
# The demo: a coding agent under Warder on the real kernel, and a check of what came of it.
#
# Out: the agent's output and Warder's lines as they come, Warder's summary, what the check found.
# Exit status: 0 only when the agent did its work, everything forbidden was stopped, and none of its secrets
# stands in the output or in the state directory.
set -eu -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
node=$root/node_modules/node/bin/node

die() {
	echo "demo: $*" >&2
	exit 1
}

[ "$(id -u)" -eq 0 ] || die 'only root may load kernel programs; run: sudo make demo'
[ -x "$node" ] || die "Warder is not built; run: sudo make -C $root build"
command -v git >/dev/null || die 'git is missing; run: apt-get install git'
command -v curl >/dev/null || command -v wget >/dev/null ||
	die 'the agent has no download tool to try; run: apt-get install curl'

demo=$(mktemp -d /tmp/warder-demo.XXXXXX)
server=
clean_up() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	rm -rf "$demo"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Made-up keys, new for each demo: what the check looks for can have come from here only.
random() { tr -dc 'A-Za-z0-9' </dev/urandom | head -c "$1" || true; }
token=ghp_$(random 36)
api_key=sk-ant-api03-$(random 60)
password=$(random 24)
printf '%s\n' "$token" "$api_key" "$password" >"$demo/secrets"

# The agent's home: its program and its node. It may run these and not change them.
export HOME=$demo/home
mkdir -p "$HOME/.local/bin" "$demo/www"
install -m 755 "$here/agent.sh" "$HOME/.local/bin/coding-agent"
ln -s "$node" "$HOME/.local/bin/node"
cat >"$HOME/.gitconfig" <<-END
	[user]
		name = coding agent
		email = agent@example.com
	[init]
		defaultBranch = main
END

# Its workspace: a git repository, a .env, a link in the way to a document.
workspace=$demo/workspace
cp -r "$here/project" "$workspace"
ln -s 2026 "$workspace/docs/current"
printf 'ANTHROPIC_API_KEY=%s\nDATABASE_URL=postgres://app:%s@127.0.0.66/prod\n' "$api_key" "$password" >"$workspace/.env"
echo .env >"$workspace/.gitignore"
git -C "$workspace" init --quiet
git -C "$workspace" add --all
git -C "$workspace" commit --quiet --message 'sum: first version'

# The world outside: a server with its task and its upstream, and a database that is none of its business.
git clone --quiet --bare "$workspace" "$demo/www/upstream.git"
git -C "$demo/www/upstream.git" update-server-info
echo '{"title": "sum(2, 3) gives -1, mend it"}' >"$demo/www/task.json"
: >"$demo/connections"
"$node" "$here/server.mjs" "$demo/www" "$demo/addresses" "$demo/connections" &
server=$!
for _ in $(seq 200); do
	[ ! -s "$demo/addresses" ] || break
	kill -0 "$server" 2>/dev/null || die 'the demo server did not start'
	sleep 0.05
done
. "$demo/addresses"
export DEMO_SERVER DEMO_DATABASE DEMO_TOKEN=$token

cp "$here/policy.yaml" "$demo/policy.yaml"
cd "$workspace"
echo "demo: warder run --policy ../policy.yaml -- coding-agent"
status=0
PATH=$HOME/.local/bin:/usr/bin:/bin env -u SUDO_USER -u SUDO_UID WARDER_STATE_DIR="$demo/state" \
	"$root/bin/warder" run --policy ../policy.yaml -- coding-agent 2>&1 | tee "$demo/output" || status=$?
[ "$status" -eq 0 ] || die "warder run ended with status $status"

WARDER_STATE_DIR="$demo/state" "$root/bin/warder" tail --json --no-follow >"$demo/events.jsonl"
echo
"$node" "$here/check.mjs" "$demo"
