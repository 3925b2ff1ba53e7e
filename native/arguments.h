// SPDX-License-Identifier: Apache-2.0
// JavaScript values as C++ values, or KERNEL_ARGUMENT with the name of the one that is wrong.
//
// JS thread. Getters of the caller's may run in here (and close what is being used): convert
// everything first, then act. Buffers last, for their memory is only sure until JavaScript runs.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sensor.h"

namespace warder {

// A whole number in [least, most].
int64_t integer_argument(const Napi::Value& value, const char* name, int64_t least, int64_t most);

// Not negative, at most 32 bits: a count, a key of a map.
uint32_t count_argument(const Napi::Value& value, const char* name, uint32_t least = 0);

// An open descriptor's number; `least` -1 where none may be given.
int descriptor_argument(const Napi::Value& value, const char* name, int least = 0);

// Not negative, at most 64 bits.
uint64_t bigint_argument(const Napi::Value& value, const char* name);

// At most 4096 bytes of UTF-8, no NUL among them.
std::string string_argument(const Napi::Value& value, const char* name);

// At most 1024 strings.
std::vector<std::string> strings_argument(const Napi::Value& value, const char* name);

// A Buffer or any other view; empty where its memory has been detached.
Bytes bytes_argument(const Napi::Value& value, const char* name);

Napi::Object object_argument(const Napi::Value& value, const char* name);
Napi::Function function_argument(const Napi::Value& value, const char* name);

}  // namespace warder
