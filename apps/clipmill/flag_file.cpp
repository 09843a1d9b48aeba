#include "clipmill/flag_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/text.h"
#include "manifest/toml_depth.h"
#include "manifest/toml_library.h"

namespace clipmill {
namespace {

/// The values of one key as they would stand on the command line.
class Words {
 public:
  /// Empty where it is something that no flag takes.
  static std::vector<std::string> of(const toml::node& node) {
    Words words;
    const toml::array* list = node.as_array();
    if (!list) words.add(node);
    for (std::size_t i = 0; list && i < list->size(); ++i) words.add((*list)[i]);
    return words.good_ ? words.all_ : std::vector<std::string>();
  }

 private:
  void add(const toml::node& node) {
    if (const auto* text = node.as_string()) return all_.push_back(text->get());
    if (const auto* whole = node.as_integer()) return all_.push_back(fmt::format("{}", whole->get()));
    if (const auto* real = node.as_floating_point()) return all_.push_back(fmt::format("{}", real->get()));
    if (const auto* flag = node.as_boolean()) return all_.push_back(flag->get() ? "true" : "false");
    good_ = false;
  }

  bool good_ = true;
  std::vector<std::string> all_;
};

/// One file, and where in it something is.
class Reader {
 public:
  Reader(const CLI::App& app, std::string file) : app_(app), file_(std::move(file)) {}

  std::vector<CLI::ConfigItem> read(const std::string& text) {
    if (const int line = line_of_deep_key(text))
      throw input_error("{}:{}: a key with too many dots", file_, line);
    for (const auto& [key, node] : parsed(text)) {
      const CLI::App& command = command_named(key);
      const toml::table* flags = node.as_table();
      if (!flags)
        refuse(key, fmt::format("{} is a command: its flags stand below [{}]", key.str(), key.str()));
      for (const auto& [name, value] : *flags) items_.push_back(item(command, name, value));
    }
    return std::move(items_);
  }

 private:
  toml::table parsed(const std::string& text) const {
    try {
      return toml::parse(text);
    } catch (const toml::parse_error& error) {
      throw input_error("{}:{}: {}", file_, error.source().begin.line, error.description());
    }
  }

  [[noreturn]] void refuse(const toml::key& key, const std::string& why) const {
    throw input_error("{}:{}: {}", file_, key.source().begin.line, why);
  }

  [[noreturn]] void refuse_name(const toml::key& key, const char* kind,
                                const std::vector<std::string>& names) const {
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    const std::string_view guess = nearest(key.str(), candidates);
    refuse(key, fmt::format("no {} \"{}\"{}", kind, shorten(key.str(), 60),
                            guess.empty() ? "" : fmt::format(": did you mean {}?", guess)));
  }

  const CLI::App& command_named(const toml::key& key) const {
    std::vector<std::string> names;
    for (const CLI::App* command : app_.get_subcommands([](const CLI::App*) { return true; })) {
      if (command->get_name() == key.str()) return *command;
      names.push_back(command->get_name());
    }
    refuse_name(key, "command", names);
  }

  CLI::ConfigItem item(const CLI::App& command, const toml::key& key, const toml::node& value) const {
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back(name);
    }
    const std::string name(key.str());
    if (std::ranges::find(names, name) == names.end() || name == "help") refuse_name(key, "flag", names);
    std::vector<std::string> words = Words::of(value);
    if (words.empty()) refuse(key, fmt::format("{} takes a text, a number, true or a list of them", name));
    return {{command.get_name()}, name, std::move(words)};
  }

  const CLI::App& app_;
  const std::string file_;
  std::vector<CLI::ConfigItem> items_;
};

}  // namespace

std::vector<CLI::ConfigItem> FlagFile::from_config(std::istream& stream) const {
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  return Reader(app_, app_.get_config_ptr()->as<std::string>()).read(text);
}

}  // namespace clipmill
