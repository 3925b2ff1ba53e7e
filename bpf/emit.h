/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Records: working memory, the common head, strings, and the way into a ring.
 *
 * A verdict never depends on anything here: it is taken first, and a record
 * that finds no room is counted under its kind and cause.
 */
#ifndef WARDER_EMIT_H
#define WARDER_EMIT_H

#include "maps.h"
#include "decide.h"

static __always_inline void loss_count(enum event_kind kind, enum loss_cause cause)
{
	__u32 index = kind * LOSS_CAUSES + cause;
	__u64 *counter = bpf_map_lookup_elem(&losses, &index);

	if (counter)
		__sync_fetch_and_add(counter, 1);
}

/*
 * Working memory for one program run, to be given back with scratch_give().
 * Programs can be preempted by others of ours on the same CPU (always on
 * kernels where tracepoints are preemptible), so a slot is claimed, not assumed.
 * NULL when all are taken: the caller counts the loss, and refuses what it
 * could not judge.
 */
static __always_inline struct scratch *scratch_take(void)
{
	for (__u32 i = 0; i < SCRATCH_SLOTS; i++) {
		__u32 index = i;
		struct scratch *scratch = bpf_map_lookup_elem(&scratch_slots, &index);

		if (scratch && !__sync_lock_test_and_set(&scratch->busy, 1)) {
			scratch->slot = i;
			return scratch;
		}
	}
	return NULL;
}

/* A plain store: who could see it late runs on another CPU, and has slots of its own. */
static __always_inline void scratch_give(struct scratch *scratch)
{
	*(volatile __u32 *)&scratch->busy = 0;
}

static __always_inline void comm_copy(char *to, struct task_struct *task)
{
	__u64 *words = (__u64 *)to;

	if (bpf_ksym_exists(bpf_rdonly_cast)) {
		words[0] = WORD(task->comm);
		words[1] = WORD(task->comm + 8);
	} else {
		bpf_probe_read_kernel(to, COMM_BYTES, &task->comm);
	}
}

static __always_inline void head_fill(struct event_head *head, enum event_kind kind, __u32 size,
				      struct task_struct *task, const struct label *label)
{
	head->size = size;
	head->kind = kind;
	head->flags = 0;
	head->time_ns = bpf_ktime_get_boot_ns();
	head->start_ns = READ(task, group_leader, start_boottime);
	head->tgid = READ(task, tgid);
	head->tid = READ(task, pid);
	head->run = label->run;
	head->policy = 0;
	__builtin_memset(&head->decision, 0, sizeof(head->decision));
	head->outcome = OUTCOME_DONE;
	head->category = 0;
	head->reserved = 0;
	head->uid = READ(task, cred, euid.val);
	comm_copy(head->comm, task);
}

/*
 * The consumer looks again 3 to 20 ms after it got something, and after 50 ms in any case (native/drain.h). While it will
 * look by itself a record does not wake it: on a virtual machine the interrupt that does is a write to a register that
 * the host has to carry out, which costs as much as several records. Else a record wakes it when the last wakeup is
 * 1 ms ago, refusals too: an agent that runs into them again and again must not pay, and make others pay, for a switch
 * of tasks each time. What is held does at once: somebody is asked. Both are plain shared variables: two CPUs that race
 * on the one wake the consumer twice.
 */
#define WAKEUP_NS	1000000

__u64 last_wakeup_ns __weak = 0;
/*
 * CLOCK_BOOTTIME. Until then the consumer looks without being woken; 0 while it sleeps until it is. A time and not a
 * flag, so that one that died awake is not believed in for longer.
 */
__u64 looks_until_ns __weak = 0;

static __always_inline __u64 wakeup(const struct event_head *head)
{
	/* Signed: another CPU may have woken it behind the time of this record. */
	__s64 since = head->time_ns - last_wakeup_ns;

	if (head->decision.verdict != VERDICT_HOLD &&
	    (since < WAKEUP_NS || head->time_ns < *(volatile __u64 *)&looks_until_ns))
		return BPF_RB_NO_WAKEUP;
	last_wakeup_ns = head->time_ns;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline int is_refusal(const struct decision *decision)
{
	return decision->verdict > VERDICT_ALLOW || decision->would > VERDICT_ALLOW;
}

/*
 * Which set of programs this one belongs to. While a runtime takes over from another, both sets judge; of what
 * goes ahead only one tells, the one that control_values names. A refusal is told by whoever refused.
 */
const volatile __u32 generation __weak = 0;

static __always_inline int is_told(int refusal)
{
	const struct control *control = control_read();

	return refusal || !control || control->generation == generation;
}

static __always_inline __u64 ring_size(struct bpf_map *ring)
{
	__u64 all = ring->max_entries;

	barrier_var(all);	/* or clang makes one load of two, by arithmetic on the map's address */
	return all;
}

/*
 * A ring is for all runs: one that writes faster than anybody reads must not cost the others their records. So of the
 * last quarter each has a sixteenth for itself, anew every quarter of a second, and is told that the ring is full past
 * it. Nothing is counted before: until then there is room for everybody.
 *
 * Global, so that the verifier goes through it once for each program.
 */
#define SHARE_TURN_BITS	28	/* nanoseconds */

__weak __noinline int share_has_room(__u32 ring, __u32 run, __u32 size)
{
	__u32 index = run % RING_SHARES * RINGS + (ring & 1), turn;
	struct ring_share *share = bpf_map_lookup_elem(&ring_shares, &index);
	__u64 all;

	if (!share)
		return 0;
	if (ring == RING_DECISIONS)
		all = ring_size((struct bpf_map *)&decisions);
	else
		all = ring_size((struct bpf_map *)&observations);
	turn = bpf_ktime_get_boot_ns() >> SHARE_TURN_BITS;
	if (share->turn != turn) {
		share->turn = turn;
		share->bytes = 0;
	}
	return __sync_fetch_and_add(&share->bytes, size) + size <= all / 64;
}

/* A record's way into a ring; not 0 where it finds no room. That there is room for all is seen without a call of ours. */
static __always_inline long ring_put(struct bpf_map *ring, enum ring number, void *record, __u32 size)
{
	const struct event_head *head = record;
	__u64 all = ring_size(ring);

	if (bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) >= all - all / 4 && !share_has_room(number, head->run, size))
		return -1;
	return bpf_ringbuf_output(ring, record, size, wakeup(head));
}

/* Send a whole record: refusals and the life of processes one way, the rest the other. */
static __always_inline void emit(void *record, __u32 size)
{
	struct event_head *head = record;
	__u16 kind = head->kind;
	int refusal = is_refusal(&head->decision);
	int decides = refusal || kind <= EVENT_EXIT;
	long failed;

	if (!is_told(refusal))
		return;
	if (decides)
		failed = ring_put((struct bpf_map *)&decisions, RING_DECISIONS, record, size);
	else
		failed = ring_put((struct bpf_map *)&observations, RING_OBSERVATIONS, record, size);
	if (failed)
		loss_count(kind, LOSS_RING_FULL);
}

/* Close a record that was built in scratch->record; `at` is where its strings end. */
static __always_inline void emit_scratch(struct scratch *scratch, __u32 at)
{
	struct event_head *head = (struct event_head *)scratch->record;

	at = (at + 7) & ~7u;
	if (at > sizeof(scratch->record))
		return;		/* cannot be: strings are bounded below the slack */
	head->size = at;
	emit(scratch->record, at);
}

#endif
