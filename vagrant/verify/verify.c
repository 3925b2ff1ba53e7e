// SPDX-License-Identifier: Apache-2.0
/*
 * What the verifier of the running kernel says of each program of an object.
 *
 *	warder-verify OBJECT
 *
 * Every program is loaded alone, with the maps it names, and let go again;
 * nothing is attached. Needs root.
 *
 * Out, tab-separated, one line each:
 *	kernel   RELEASE
 *	program  NAME SECTION loaded INSTRUCTIONS XLATED JITED STACK
 *	program  NAME SECTION refused ERRNO            then `log` lines, the verifier's last
 *	program  NAME SECTION unavailable ERRNO        this host loads nothing of that type there
 *	program  NAME SECTION absent -                 this kernel has no such hook
 *	map      NAME TYPE KEY VALUE ENTRIES BYTES
 * INSTRUCTIONS are those that the verifier processed, XLATED and JITED are
 * bytes, STACK is the verifier's own "depth+depth+…" of the program and its
 * functions, BYTES is what the kernel accounts for an empty map.
 *
 * Exit status: 0 when the object could be examined, whatever was found;
 * 1 and a sentence otherwise. Budgets and verdicts are report.ts's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/bpf.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define LOG_BYTES	(16 << 20)
#define LOG_LINES	25	/* of a refusal */
#define LOG_STATS	4	/* the verifier's log level that tells only its statistics */

/* What libbpf says while it loads is told again by us, in our form. */
static int say_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

static void fail(const char *what, int error)
{
	fprintf(stderr, "verify: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(1);
}

/* The hook's name in BTF, for the types that attach by BTF; NULL for others. */
static const char *btf_hook(const struct bpf_program *program)
{
	enum bpf_prog_type type = bpf_program__type(program);
	const char *slash = strchr(bpf_program__section_name(program), '/');

	if (!slash || (type != BPF_PROG_TYPE_LSM && type != BPF_PROG_TYPE_TRACING))
		return NULL;
	return slash + 1;
}

/*
 * 0 when a program that does nothing loads with the type and hook of `program`,
 * -errno otherwise: then it is the host that refuses, not the verifier.
 */
static int host_refuses(const struct bpf_program *program, int btf_id)
{
	enum bpf_attach_type attach = bpf_program__expected_attach_type(program);
	struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options,
		.expected_attach_type = attach,
		.attach_btf_id = btf_id,
		.prog_flags = bpf_program__flags(program),
	);
	int fd;

	/* Some cgroup hooks admit 1 alone; it means "go on" in all of them. */
	if (bpf_program__type(program) == BPF_PROG_TYPE_CGROUP_SOCK_ADDR ||
	    bpf_program__type(program) == BPF_PROG_TYPE_CGROUP_SOCK)
		nothing[0].imm = 1;
	/* Must sleep; libbpf says so at load. */
	if (bpf_program__type(program) == BPF_PROG_TYPE_SYSCALL)
		options.prog_flags |= BPF_F_SLEEPABLE;
	fd = bpf_prog_load(bpf_program__type(program), "nothing", "GPL", nothing, 2, &options);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* The last lines of the verifier's log, each behind the word `log`. */
static void print_log(const char *log)
{
	const char *at = log + strlen(log);
	char *copy, *line, *rest;
	int lines = 0;

	while (at > log && lines <= LOG_LINES)
		lines += *--at == '\n';
	copy = strdup(at);
	if (!copy)
		fail("no memory for the log", ENOMEM);
	for (rest = copy; (line = strsep(&rest, "\n"));)
		if (*line)
			printf("log\t%s\n", line);
	free(copy);
}

static void print_loaded(const struct bpf_program *program, const char *log)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	const char *stack = strstr(log, "stack depth ");
	int error = bpf_prog_get_info_by_fd(bpf_program__fd(program), &info, &size);

	if (error)
		fail("the kernel does not describe a program that it loaded", error);
	stack = stack ? stack + strlen("stack depth ") : "";
	printf("loaded\t%u\t%u\t%u\t%.*s\n", info.verified_insns, info.xlated_prog_len, info.jited_prog_len,
	       (int)strspn(stack, "0123456789+"), stack);
}

/* Load the program called `name`, alone, from an object opened for it. */
static void examine(const char *path, const char *name)
{
	struct bpf_object *object = bpf_object__open(path);
	struct bpf_program *program, *wanted;
	const char *hook;
	char *log;
	int error, btf_id = 0;

	if (!object)
		fail(path, errno);
	wanted = bpf_object__find_program_by_name(object, name);
	if (!wanted)
		fail(name, ENOENT);
	printf("program\t%s\t%s\t", name, bpf_program__section_name(wanted));

	hook = btf_hook(wanted);
	if (hook)
		btf_id = libbpf_find_vmlinux_btf_id(hook, bpf_program__expected_attach_type(wanted));
	if (btf_id < 0) {
		printf("absent\t-\n");
		bpf_object__close(object);
		return;
	}
	error = host_refuses(wanted, btf_id);
	if (error) {
		printf("unavailable\t%s\n", strerrorname_np(-error));
		bpf_object__close(object);
		return;
	}

	log = calloc(1, LOG_BYTES);
	if (!log)
		fail("no memory for the log", ENOMEM);
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, program == wanted);
	bpf_program__set_log_buf(wanted, log, LOG_BYTES);
	bpf_program__set_log_level(wanted, LOG_STATS);
	error = bpf_object__load(object);
	if (error) {
		printf("refused\t%s\n", strerrorname_np(-error));
		print_log(log);
	} else {
		print_loaded(wanted, log);
	}
	free(log);
	bpf_object__close(object);
}

/* Bytes that the kernel accounts for a map, as /proc/self/fdinfo has them. */
static unsigned long long map_bytes(int fd)
{
	unsigned long long bytes = 0;
	char path[64], line[128];
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "r");
	if (!info)
		fail(path, errno);
	while (fgets(line, sizeof(line), info))
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			break;
	fclose(info);
	return bytes;
}

static void examine_maps(const char *path)
{
	struct bpf_object *object = bpf_object__open(path);
	struct bpf_program *program;
	struct bpf_map *map;
	int error;

	if (!object)
		fail(path, errno);
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, false);
	error = bpf_object__load(object);
	if (error)
		fail("the maps alone cannot be made", error);
	bpf_object__for_each_map(map, object)
		printf("map\t%s\t%s\t%u\t%u\t%u\t%llu\n", bpf_map__name(map), libbpf_bpf_map_type_str(bpf_map__type(map)),
		       bpf_map__key_size(map), bpf_map__value_size(map), bpf_map__max_entries(map),
		       map_bytes(bpf_map__fd(map)));
	bpf_object__close(object);
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	struct utsname host;

	if (argc != 2) {
		fprintf(stderr, "usage: warder-verify OBJECT\n");
		return 2;
	}
	libbpf_set_print(say_nothing);
	uname(&host);
	printf("kernel\t%s\n", host.release);

	object = bpf_object__open(argv[1]);
	if (!object)
		fail(argv[1], errno);
	bpf_object__for_each_program(program, object) {
		examine(argv[1], bpf_program__name(program));
		fflush(stdout);
	}
	bpf_object__close(object);
	examine_maps(argv[1]);
	return 0;
}
