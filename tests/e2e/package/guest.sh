#!/usr/bin/env bash
# Runs one trial inside the container (see ../package.sh). The last line says what was found; an exit code above 0 is a failure.
set -eu -o pipefail
limit=${TRIAL_LIMIT:-180} # seconds that anything may take; only a broken promise runs into it

fail() { echo "$*"; exit 1; }
now() { date +%s%3N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f s", (b - a) / 1000 }'; }
show() { systemctl show -P "$1" "${2:-edge-agent}"; }
# until COMMAND...: waits until it succeeds
until_ok() {
  local end=$(($(date +%s) + limit))
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || fail "after $limit s still not: $*"
    sleep 0.1
  done
}
is_active() { [ "$(show ActiveState)" = active ]; }
is_failed() { [ "$(show ActiveState)" = failed ]; }
# active with another process than $1; asked in one go, since the two do not change together
restarted() {
  local state
  state=$(systemctl show -p ActiveState -p MainPID edge-agent)
  grep -q '^ActiveState=active$' <<<"$state" && ! grep -qE "^MainPID=(0|$1)\$" <<<"$state"
}
configure() { printf '%s\n' "$1" >/etc/edge-agent/agent.json; }
default_configuration() { rm -f /etc/edge-agent/agent.json; }
fresh() { systemctl reset-failed edge-agent 2>/dev/null || true; systemctl restart edge-agent; }
asks() { edge-agent ask "Alarm RB-12, what should I do?" "$@" --timeout "$limit" | has RB-12 || fail "no answer to a question"; }
said() { journalctl --no-pager -o cat -u edge-agent --since "@$1"; }
seconds() { date +%s; }
# as grep -q, but reads to the end: what writes into it must not fail for want of a reader
has() { grep -c "$@" >/dev/null; }
has_said() { said "$1" | has "$2"; }

# Stops one thread of the service and nothing else: a debugger attaches to it and holds it.
hold_thread() {
  local pid tid
  pid=$(show MainPID)
  tid=$(grep -lx "$1" /proc/"$pid"/task/*/comm | head -1 | cut -d/ -f5)
  [ -n "$tid" ] || fail "the service has no thread '$1'"
  local call=101
  [ "$(uname -m)" = aarch64 ] && call=117
  # PTRACE_ATTACH is request 16. The thread stays stopped while this process lives, which waits (with __WALL) for all that befalls
  # it, to the end: a killed thread is only gone when its tracer has heard of it.
  perl -e 'syscall('"$call"', 16, 0 + $ARGV[0], 0, 0) == 0 or die "ptrace: $!\n"; 1 while waitpid($ARGV[0], 1 << 30) > 0' "$tid" &
  holder=$!
  until_ok grep -q '^State:.*t' "/proc/$pid/task/$tid/status"
}

# A site's broker with a password, and queries through it that are counted.
broker() {
  if ! systemctl is-active -q mosquitto-trial; then
    mkdir -p /trial/broker
    mosquitto_passwd -c -b /trial/broker/passwd device trial-password 2>/dev/null
    mosquitto_passwd -b /trial/broker/passwd terminal trial-terminal
    printf 'listener 1884 127.0.0.1\nallow_anonymous false\npassword_file /trial/broker/passwd\nmax_queued_messages 10000\nlog_dest file /trial/broker/log\nlog_type subscribe\n' >/trial/broker/conf
    chown -R mosquitto /trial/broker
    printf trial-terminal >/trial/terminal-password
    systemd-run -q --collect --unit mosquitto-trial /usr/sbin/mosquitto -c /trial/broker/conf
    until_ok mosquitto_pub -h 127.0.0.1 -p 1884 -u terminal -P trial-terminal -t up -m x
  fi
  grep -qs 1884 /etc/edge-agent/agent.json && return 0
  install -m 600 /dev/null /etc/edge-agent/credentials/mqtt-password
  printf trial-password >/etc/edge-agent/credentials/mqtt-password
  configure '{"Mqtt":{"Broker":"mqtt://127.0.0.1:1884","Username":"device"},"Answers":{"Learn":false}}'
  fresh
}
online() { mosquitto_sub -h 127.0.0.1 -p 1884 -u terminal -P trial-terminal -t edge/v1/local/edge-1/state -C 1 -W 5 | has '"online":true'; }
load_begin() {
  broker
  until_ok online
  rm -f /trial/replies /trial/sent /trial/stop
  systemd-run -q --collect --unit trial-replies --property=StandardOutput=append:/trial/replies \
    mosquitto_sub -V 5 -i trial-replies -c -x 3600 -q 1 -h 127.0.0.1 -p 1884 -u terminal -P trial-terminal -t clients/trial/rsp
  until_ok grep -q 'trial-replies 1 clients/trial/rsp' /trial/broker/log
  systemd-run -q --collect --unit trial-load bash -c 'n=0; while [ ! -e /trial/stop ]; do n=$((n + 1))
    mosquitto_pub -V 5 -q 1 -h 127.0.0.1 -p 1884 -u terminal -P trial-terminal -t edge/v1/local/edge-1/query -m "{\"reply_to\":\"clients/trial/rsp\",\"id\":\"q$n\",\"stream\":false,\"max_tokens\":24,\"messages\":[{\"role\":\"user\",\"content\":\"Alarm RB-12, question $n?\"}]}" && echo "q$n" >>/trial/sent
    sleep 0.1; done'
}
has_replies() { [ "$(grep -c request_id /trial/replies)" -ge "$1" ]; }
answered() { grep -o '"request_id":"q[0-9]*"' /trial/replies 2>/dev/null | cut -d'"' -f4 | sort | uniq -c | sort -k2; }
all_answered() { [ "$(answered | wc -l)" -ge "$(wc -l </trial/sent)" ]; }
# Ends the load: prints how many were asked, answered, and answered more than once.
load_end() {
  touch /trial/stop
  until_ok bash -c '! systemctl is-active -q trial-load'
  if ! (until_ok all_answered); then
    comm -23 <(sort /trial/sent) <(answered | awk '{ print $2 }' | sort) | sed 's/^/not answered: /'
    tail -3 /trial/replies
    exit 1
  fi
  local refused
  refused=$(grep -c '"error"' /trial/replies || true)
  systemctl stop trial-replies
  echo "$(wc -l </trial/sent) queries, $(answered | wc -l) answered, $(answered | awk '$1 > 1' | wc -l) twice, $refused with an error"
}

trial_install() {
  local start
  start=$(now)
  apt-get install -y --no-install-recommends /trial/now.deb >/trial/apt.log 2>&1 || { tail -20 /trial/apt.log; fail "apt failed"; }
  is_active || fail "not active after the installation: $(show ActiveState), $(show StatusText)"
  [ "$(show StatusText | grep -c 'serving cell-student')" = 1 ] || fail "STATUS is '$(show StatusText)'"
  systemctl is-enabled -q edge-agent || fail "not enabled at boot"
  systemctl is-enabled -q edge-agent-power && fail "the power unit is enabled"
  systemctl is-enabled -q edge-agent-kiosk edge-agent-kiosk-x11 && fail "a kiosk unit is enabled"
  find /usr/lib/edge-agent -name '*.lib' -o -name 'onnxruntime*.dll' | has . && fail "Windows libraries in the package"
  edge-agent --version >/dev/null || fail "edge-agent is not on the PATH"
  echo "active and READY $(since "$start") after apt began; $(show StatusText)"
}

trial_ask() {
  asks
  runuser -u edge-agent -- edge-agent answers stats | has '^all ' || fail "a verb run as the service's user does not find its state"
  echo "a question was answered over MQTT, through the embedded broker; a verb run as the service's user finds the state"
}

trial_exposure() {
  systemctl --version | head -1 | has -E 'systemd 2[0-4][0-9] ' && { echo "systemd-analyze here judges no running unit by threshold: not judged"; return; }
  systemd-analyze security --threshold=15 --no-pager edge-agent >/trial/exposure || fail "$(tail -1 /trial/exposure)"
  tail -1 /trial/exposure
}

# The whole process stops: no sign of life comes any more.
trial_sigstop() {
  local pid start at
  default_configuration
  fresh
  pid=$(show MainPID) start=$(now) at=$(seconds)
  kill -STOP "$pid"
  until_ok restarted "$pid"
  said "$at" | has -i watchdog || fail "the journal does not name the watchdog"
  asks
  echo "serving again $(since "$start") after SIGSTOP (WatchdogSec=30)"
}

# The decode loop hangs and the supervisor's own cure is switched off: the process still runs, and is replaced.
trial_hang() {
  local pid start at
  configure '{"Supervisor":{"StallSeconds":600},"Watchdog":{"LoopSeconds":10}}'
  fresh
  pid=$(show MainPID) start=$(now) at=$(seconds)
  hold_thread decode
  until_ok restarted "$pid"
  wait "$holder" 2>/dev/null || kill "$holder" 2>/dev/null || true
  said "$at" | has 'The "decode" loop has not moved' || fail "the journal does not name the loop"
  default_configuration
  fresh
  asks
  echo "serving again $(since "$start") after the decode loop hung (10 s, then WatchdogSec=30)"
}

# The same with the configuration as shipped: the student is loaded again in the same process, and the watchdog has no need to act.
trial_supervised() {
  local pid start at
  default_configuration
  fresh
  pid=$(show MainPID) start=$(now) at=$(seconds)
  hold_thread decode
  edge-agent ask "Alarm RB-12?" --timeout "$limit" >/dev/null 2>&1 || true # its step is the one that hangs
  until_ok has_said "$at" 'The student serves again'
  asks
  [ "$(show MainPID)" = "$pid" ] || fail "the process was replaced"
  kill "$holder"
  echo "another engine answered $(since "$start") after a step hung, in the same process"
}

trial_drain() {
  local start
  load_begin
  until_ok has_replies 50
  start=$(now)
  systemctl stop edge-agent
  local took
  took=$(since "$start")
  [ "$(show Result)" = success ] || fail "stopped as $(show Result)"
  systemctl start edge-agent
  local result
  result=$(load_end) || fail "$result"
  echo "stopped in $took as success; $result"
}

trial_reboot() { is_active || until_ok is_active; until_ok systemctl is-active -q edge-agent; back_after "a reboot"; }
trial_powercut() { until_ok is_active; back_after "a power cut under load"; }
back_after() {
  default_configuration
  rm -f /etc/edge-agent/credentials/mqtt-password
  fresh
  asks
  [ "$(show NRestarts)" = 0 ] || fail "$(show NRestarts) restarts"
  echo "serving after $1"
}

# A configuration that is wrong is not tried again at once, and says what to do.
trial_wrong() {
  local at
  at=$(seconds)
  configure '{"Mqtt":{"Device":"any"}}'
  systemctl reset-failed edge-agent || true
  systemctl restart edge-agent && fail "it started with a wrong configuration"
  is_failed || fail "it is $(show ActiveState)"
  [ "$(show NRestarts)" = 0 ] || fail "$(show NRestarts) restarts"
  said "$at" | has 'Mqtt:Device must be' || fail "the journal does not name the option"
  systemctl is-active -q edge-agent-retry.timer || fail "no later start is planned"
  systemctl stop edge-agent-retry.timer
  default_configuration
  fresh
  asks
  echo "failed at once with the option's name, another start planned in 15 minutes"
}

# The later start does come, and the service with it once the cause is gone. Here after 3 s instead of a quarter of an hour.
trial_retry() {
  mkdir -p /run/systemd/system/edge-agent-retry.timer.d
  printf '[Timer]\nOnActiveSec=\nOnActiveSec=3s\n' >/run/systemd/system/edge-agent-retry.timer.d/trial.conf
  systemctl daemon-reload
  configure '{"Mqtt":{"Device":"any"}}'
  systemctl restart edge-agent && fail "it started with a wrong configuration"
  default_configuration
  until_ok is_active
  asks
  rm -r /run/systemd/system/edge-agent-retry.timer.d
  systemctl daemon-reload
  echo "started by the timer once the configuration was right"
}

# A service that fails over and over is left alone after 15 starts, and one more start is planned.
trial_limits() {
  mkdir -p /run/systemd/system/edge-agent.service.d
  printf '[Service]\nExecStart=\nExecStart=/bin/false\nRestartSec=50ms\nRestartSteps=0\nRestartMaxDelaySec=infinity\n' >/run/systemd/system/edge-agent.service.d/trial.conf
  systemctl daemon-reload
  systemctl reset-failed edge-agent || true
  systemctl restart edge-agent 2>/dev/null || true
  until_ok is_failed
  local starts
  starts=$(show NRestarts)
  [ "$(show Result)" = start-limit-hit ] || [ "$starts" -ge 14 ] || fail "it ended as $(show Result) after $starts restarts"
  systemctl is-active -q edge-agent-retry.timer || fail "no later start is planned"
  systemctl stop edge-agent-retry.timer
  rm -r /run/systemd/system/edge-agent.service.d
  systemctl daemon-reload
  fresh
  asks
  echo "left alone after $starts restarts, another start planned in 15 minutes"
}

# The password's file is root's alone; the service has it all the same, and nothing of it where others look.
trial_credentials() {
  broker
  until_ok online
  [ "$(stat -c '%U %a' /etc/edge-agent/credentials/mqtt-password)" = 'root 600' ] || fail "the file has other rights"
  edge-agent ask "Alarm RB-12?" --broker mqtt://127.0.0.1:1884 --user terminal --password-file /trial/terminal-password --timeout "$limit" |
    has RB-12 || fail "no answer through the site's broker"
  local pid
  pid=$(show MainPID)
  grep -q trial-password "/proc/$pid/environ" "/proc/$pid/cmdline" && fail "the password stands in the environment"
  journalctl -u edge-agent | has trial-password && fail "the password stands in the journal"
  [ "$(stat -c %U "/proc/$pid")" != root ] || fail "the service runs as root"
  echo "logged in at a site's broker with a password that only root can read"
}

trial_upgrade() {
  local pid start
  load_begin
  until_ok has_replies 50
  pid=$(show MainPID) start=$(now)
  apt-get install -y /trial/newer.deb >/trial/apt.log 2>&1 || { tail -20 /trial/apt.log; fail "apt failed"; }
  restarted "$pid" || fail "not restarted: $(show ActiveState)"
  local took
  took=$(since "$start")
  [ -s /etc/edge-agent/agent.json ] || fail "the configuration is gone"
  [ -s /var/lib/edge-agent/business.db ] || fail "the state is gone"
  local result
  result=$(load_end) || fail "$result"
  echo "upgraded in $took; $result"
}

trial_downgrade() {
  local pid
  pid=$(show MainPID)
  dpkg -i /trial/now.deb >/trial/dpkg.log 2>&1 && fail "dpkg installed an older version"
  grep -q 'allow-downgrade' /trial/dpkg.log || fail "the refusal does not say how to force it"
  [ "$(dpkg-query -W -f '${Version} ${Status}' edge-agent)" = "99.0 install ok installed" ] || fail "the package is $(dpkg-query -W -f '${Version} ${Status}' edge-agent)"
  [ "$(show MainPID)" = "$pid" ] || fail "the service did not go on"
  touch /etc/edge-agent/allow-downgrade
  dpkg -i /trial/now.deb >/trial/dpkg.log 2>&1 || { cat /trial/dpkg.log; fail "the forced downgrade failed"; }
  is_active || fail "not active after the forced downgrade"
  [ ! -e /etc/edge-agent/allow-downgrade ] || fail "the permission was not used up"
  echo "refused while the service went on; done when it was forced"
}

trial_remove() {
  systemctl stop trial-load trial-replies mosquitto-trial 2>/dev/null || true
  configure '{"Mqtt":{"Site":"kept"}}'
  systemctl disable -q --now edge-agent
  apt-get remove -y edge-agent >/trial/apt.log 2>&1 || { tail -20 /trial/apt.log; fail "apt failed"; }
  [ -e /usr/lib/edge-agent ] && fail "left: $(find /usr/lib/edge-agent | head -3)"
  grep -q kept /etc/edge-agent/agent.json || fail "the configuration is gone"
  [ -s /var/lib/edge-agent/business.db ] || fail "the state is gone"
  apt-get install -y /trial/now.deb >/trial/apt.log 2>&1 || { tail -20 /trial/apt.log; fail "apt failed"; }
  systemctl is-enabled -q edge-agent && fail "enabled again although the administrator had disabled it"
  systemctl enable -q --now edge-agent
  asks --site kept
  echo "configuration and state are kept, and so is 'disabled'"
}

trial_purge() {
  apt-get purge -y edge-agent >/trial/apt.log 2>&1 || { tail -20 /trial/apt.log; fail "apt failed"; }
  [ -z "$(systemctl list-unit-files --no-legend 'edge-agent*')" ] || fail "units are left: $(systemctl list-unit-files --no-legend 'edge-agent*')"
  systemctl reset-failed 2>/dev/null || true
  local left
  left=$(find /etc /usr /var /run /opt -path /var/log/journal -prune -o -name '*edge-agent*' -print 2>/dev/null | grep -v -e '^/var/log/apt' -e '^/var/log/dpkg' || true)
  [ -z "$left" ] || fail "left: $left"
  pgrep -f /usr/lib/edge-agent && fail "a process is left"
  echo "nothing is left"
}

case $1 in
load_begin) load_begin ;;
*) "trial_$1" ;;
esac
