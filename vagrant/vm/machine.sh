# Parts of vagrant/vm/run (sourced): the job that the guest gets, the shared folders, QEMU.
#
# In:     the variables that run sets: kernel line checkout root system memory tracefs counted append work log deadline.
# Out:    $log/{console,status,virtiofsd}; ids of what was started in the array `processes`.

virtiofsd_program=/usr/lib/qemu/virtiofsd

# make_job COMMAND…: an initramfs of the lab's, with this job's files appended to it (the kernel unpacks
# archives that stand back to back).
make_job() {
	mkdir -p "$work/job/job"
	cp "$here"/{mounts,command,lab-command.service} "$work/job/job/"
	printf '%s=%q\n' line "$line" checkout "$checkout" tracefs "$tracefs" system "$system" >"$work/job/job/settings"
	{
		printf 'arguments=('
		printf ' %q' "$@"
		printf ' )\n'
	} >"$work/job/job/arguments"
	cp "$kernel/initramfs" "$work/initramfs"
	(cd "$work/job" && find . | cpio --create --format=newc --quiet | gzip -1) >>"$work/initramfs"
}

# in_background COMMAND…: its process id goes to `started`; it dies with this shell even where this is killed.
in_background() {
	setpriv --pdeathsig KILL -- "$@" &
	started=$!
	processes+=("$started")
}

# share NAME DIRECTORY: serves it at the socket $work/NAME to one machine. virtiofsd ends with the machine.
share() {
	rm -f "$work/$1"
	in_background "${@:3}" "$virtiofsd_program" -f --socket-path="$work/$1" --thread-pool-size=0 \
		-o source="$2" -o cache=always -o sandbox=chroot -o xattr >>"$log/virtiofsd" 2>&1
	until [ -S "$work/$1" ]; do
		sleep 0.05
		[ "$SECONDS" -lt "$deadline" ] && kill -0 "$started" 2>/dev/null ||
			fail "virtiofsd does not serve $2: $(tail -n 1 "$log/virtiofsd")"
	done
}

# share_root DIRECTORY: the root file system, which virtiofsd itself sees read-only: it runs in a mount namespace
# of its own, in which the directory that it serves is such a mount.
share_root() {
	mkdir -p "$work/read-only"
	share root "$work/read-only" unshare --mount -- sh -c \
		'mount --rbind "$0" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"' "$1" "$work/read-only"
}

# thread=single: with a thread per processor QEMU 7.2 now and then patches code under another's feet and the
# guest panics (Oops: int3). It is as fast, and leaves the other processors to other machines.
# no_timer_check, stall_suppress: a host that has no time for the machine is no fault of the guest's timers.
#
# icount: the guest's clocks are functions of what it has executed, 1 ns an instruction; while it is idle they go on with the
# host's. Without erms the kernel clears and copies by words, for each step of a string instruction counts.
start_machine() {
	local processors=(-smp 2) cpu=max
	if [ "$counted" = yes ]; then
		processors=(-smp 1 -icount shift=0) cpu=max,-erms
	fi
	: >"$log/status"
	rm -f "$work/output"
	mkfifo "$work/output"
	in_background cat "$work/output"
	copier=$started
	share checkout "$checkout"
	share_root "$root"
	in_background qemu-system-x86_64 \
		-accel tcg,thread=single -machine pc,hpet=off -cpu "$cpu" "${processors[@]}" -m "$memory" \
		-object memory-backend-memfd,id=memory,size="$memory"M,share=on -numa node,memdev=memory \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$kernel/vmlinuz" -initrd "$work/initramfs" \
		-append "console=ttyS0 quiet panic=-1 mitigations=off nowatchdog no_timer_check rcupdate.rcu_cpu_stall_suppress=1 random.trust_cpu=on tsc=reliable clocksource=tsc $append" \
		-serial "file:$log/console" \
		-device virtio-serial-pci \
		-chardev file,id=output,path="$work/output" -device virtserialport,chardev=output,name=output \
		-chardev file,id=status,path="$log/status" -device virtserialport,chardev=status,name=status \
		-chardev socket,id=root,path="$work/root" -device vhost-user-fs-pci,chardev=root,tag=root,queue-size=1024 \
		-chardev socket,id=checkout,path="$work/checkout" -device vhost-user-fs-pci,chardev=checkout,tag=checkout,queue-size=1024 \
		>"$log/qemu" 2>&1 </dev/null
	machine=$started
}

wait_for_machine() {
	while kill -0 "$machine" 2>/dev/null; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			kill "$machine"
			break
		fi
		sleep 0.1
	done
	wait "$machine" "$copier" || true
}
