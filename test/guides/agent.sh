#!/bin/sh
# Stands for a coding agent in the guides: what one does in a minute, without a model. Goes on whatever it is refused.
ls >/dev/null
cat README.md >/dev/null 2>&1 || true
echo '# written by the agent' >notes.md
git status --short >/dev/null 2>&1 || true
cat .env 2>/dev/null || echo 'agent: no .env for me'
sudo true 2>/dev/null || echo 'agent: no sudo for me'
[ -z "$AGENT_SLEEPS" ] || sleep "$AGENT_SLEEPS"
[ -z "$AGENT_DOES" ] || sh -c "$AGENT_DOES"
echo 'agent: done'
