/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of what is said of a file: owner, times, attributes; and sockets bound to a name. Parts of changes.h. */
#ifndef WARDER_LAUNCHER_METADATA_H
#define WARDER_LAUNCHER_METADATA_H

#include <stdbool.h>

struct asked;
struct request;
struct seccomp_data;

/* As asked_read(), for these calls. */
bool asked_read_metadata(const struct seccomp_data *data, struct asked *asked);

/* For asked.c and metadata.c: what is asked is about `descriptor`, and names nothing. True. */
bool asked_unnamed(struct asked *asked, int descriptor);

/* The same made: of the file that is open as `file`, O_PATH, for owner, times and attributes. 0, or an errno. */
int metadata_change(const struct request *request, int file);

/* A socket bound to the name in `request`, in the directory that it begins at. 0, or an errno. */
int metadata_bind(const struct request *request, int socket, int base);

#endif
