// SPDX-License-Identifier: Apache-2.0
// The segments come from the loader (dl_iterate_phdr(3)). See file_pages.h.
#include "file_pages.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace warder {
namespace {

// A writable segment has pages that the loader or the program made its own, also where it was made read-only later (RELRO):
// letting go of those would lose what was written.
bool is_as_in_file(const ElfW(Phdr) & segment) {
  return segment.p_type == PT_LOAD && (segment.p_flags & PF_W) == 0;
}

// The kernel's own (the vDSO) has a name without a place; the program itself has none.
bool is_a_file(const dl_phdr_info& object) {
  return object.dlpi_name[0] == '\0' || object.dlpi_name[0] == '/';
}

// The loader writes into these too where a library was not built to be mapped anywhere.
bool is_relocated_in_place(const dl_phdr_info& object) {
  for (int index = 0; index < object.dlpi_phnum; index++) {
    const ElfW(Phdr)& segment = object.dlpi_phdr[index];
    if (segment.p_type != PT_DYNAMIC) continue;
    for (auto* entry = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + segment.p_vaddr); entry->d_tag != DT_NULL; entry++) {
      if (entry->d_tag == DT_TEXTREL) return true;
      if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return true;
    }
  }
  return false;
}

int give_back(dl_phdr_info* object, size_t, void* page_mask) {
  const auto mask = *static_cast<const uintptr_t*>(page_mask);
  if (!is_a_file(*object) || is_relocated_in_place(*object)) return 0;
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[index];
    if (!is_as_in_file(segment)) continue;
    const uintptr_t first = object->dlpi_addr + segment.p_vaddr;
    // Whole pages of the segment alone: the last may be shared with what is written.
    const uintptr_t begin = (first + ~mask) & mask;
    const uintptr_t end = (first + segment.p_memsz) & mask;
    // What the kernel keeps in place (mlockall(2)) stays.
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void give_back_file_pages() {
  auto mask = ~(static_cast<uintptr_t>(sysconf(_SC_PAGESIZE)) - 1);
  dl_iterate_phdr(give_back, &mask);
}

}  // namespace warder
