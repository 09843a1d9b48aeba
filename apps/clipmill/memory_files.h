// --memory-report: the files in which workers leave what clips took of device memory, and the report of them.
#pragma once

#include <cstdio>
#include <filesystem>

#include "manifest/manifest.h"
#include "observe/account.h"

namespace clipmill {

/// Names each clip's file, in `folder`, unless the clip does itself.
void ask_for_memory_usage(Manifest& manifest, const std::filesystem::path& folder);

/// Of the clips that are done: tables to `people`, and a page under `target`. Throws Error(kIo).
void write_memory_report(const Account& account, const std::filesystem::path& target, std::FILE* people);

}  // namespace clipmill
