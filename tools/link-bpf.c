// SPDX-License-Identifier: Apache-2.0
//
// Links BPF objects into one, as `bpftool gen object` does, by the libbpf that the build is pinned to: that of
// Debian 12's bpftool cannot link calls of kernel functions (kfuncs).
//
// usage: link-bpf OUTPUT INPUT...
// Out:   OUTPUT, or exit status 1 and libbpf's words on stderr.
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct bpf_linker *linker;
	int failed = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: %s OUTPUT INPUT...\n", argv[0]);
		return 1;
	}
	linker = bpf_linker__new(argv[1], NULL);
	if (!linker) {
		perror(argv[1]);
		return 1;
	}
	for (int i = 2; i < argc && !failed; i++)
		failed = bpf_linker__add_file(linker, argv[i], NULL);
	if (!failed)
		failed = bpf_linker__finalize(linker);
	bpf_linker__free(linker);
	if (failed) {
		fprintf(stderr, "link-bpf: cannot link %s: %s\n", argv[1], strerror(-failed));
		remove(argv[1]);
	}
	return failed != 0;
}
