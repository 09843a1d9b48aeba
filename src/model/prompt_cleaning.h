// What the reference pipeline does to a prompt before the tokenizer sees it.
//
// In its words: ftfy.fix_text, then html.unescape twice, then every run of white space becomes one space and
// the ends are trimmed. Of ftfy all is done here but one thing: text that was once decoded in the wrong
// encoding
// ("donâ€™t" for "don't") is not repaired. Such a prompt reaches the model as it was typed.
#pragma once

#include <string>
#include <string_view>

namespace clipmill {

/// The prompt as the tokenizer expects it: HTML references resolved, quotes straight, ligatures opened,
/// full-width forms narrowed, control characters and terminal colours gone, composed (NFC), single spaces,
/// trimmed. Throws Error(kInput) with the place of the first byte that is not UTF-8.
std::string clean_prompt(std::string_view utf8);

}  // namespace clipmill
