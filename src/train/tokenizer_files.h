// The tokenizer folder of a model: what is in its files.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace clipmill {

/// File name → bytes: spiece.model, which clipmill reads, and tokenizer.json and tokenizer_config.json for
/// Transformers.
using TokenizerFiles = std::map<std::string, std::string>;

/// The files of an existing tokenizer folder. Throws Error(kIo) naming the path.
TokenizerFiles read_tokenizer_files(const std::filesystem::path& folder);
/// Each file whole or not at all. Throws Error(kIo).
void write_tokenizer_files(const std::filesystem::path& folder, const TokenizerFiles& files);

}  // namespace clipmill
