// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Shared memory, semaphores and queues of System V, and POSIX message queues,
 * where the kernel runs BPF LSM programs: a run reaches what itself made, and
 * nothing else.
 */
#include "ipc.h"

/* Attach, send, receive, operate, and to get the number of one that is there. */
SEC("lsm/ipc_permission")
int BPF_PROG(guard_ipc, const void *object, short access)
{
	return ipc_reached(object);
}

/* What looks at limits of the whole namespace has no object. */
SEC("lsm/shm_shmctl")
int BPF_PROG(guard_shmctl, const void *object, int command)
{
	return object ? ipc_reached(object) : 0;
}

SEC("lsm/sem_semctl")
int BPF_PROG(guard_semctl, const void *object, int command)
{
	return object ? ipc_reached(object) : 0;
}

SEC("lsm/msg_queue_msgctl")
int BPF_PROG(guard_msgctl, const void *object, int command)
{
	return object ? ipc_reached(object) : 0;
}

SEC("lsm/shm_alloc_security")
int BPF_PROG(note_shm, const void *object)
{
	return ipc_made(object);
}

SEC("lsm/sem_alloc_security")
int BPF_PROG(note_sem, const void *object)
{
	return ipc_made(object);
}

SEC("lsm/msg_queue_alloc_security")
int BPF_PROG(note_msg, const void *object)
{
	return ipc_made(object);
}

SEC("lsm/shm_free_security")
int BPF_PROG(note_shm_end, const void *object)
{
	ipc_forget(object);
	return 0;
}

SEC("lsm/sem_free_security")
int BPF_PROG(note_sem_end, const void *object)
{
	ipc_forget(object);
	return 0;
}

SEC("lsm/msg_queue_free_security")
int BPF_PROG(note_msg_end, const void *object)
{
	ipc_forget(object);
	return 0;
}

/* Of everything that is made by name; a queue's name is where it stays for as long as there is one. */
SEC("lsm/inode_create")
int BPF_PROG(note_queue, const struct inode *directory, const struct dentry *dentry)
{
	return is_queue(directory) ? ipc_made(dentry) : 0;
}

/* mq_unlink(3) */
SEC("lsm/inode_unlink")
int BPF_PROG(guard_queue_end, const struct inode *directory, const struct dentry *dentry)
{
	int result;

	if (!is_queue(directory))
		return 0;
	result = ipc_reached(dentry);
	if (!result)
		ipc_forget(dentry);
	return result;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
