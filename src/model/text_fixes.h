// Typographic repair of typed or pasted text, as ftfy.fix_text of ftfy 6.3 does it by default, except that
// text once decoded in the wrong encoding ("donâ€™t" for "don't") is not repaired.
#pragma once

#include <string>
#include <string_view>

namespace clipmill {

/// Every line of `utf8` (valid UTF-8) with complete HTML references resolved (from the first line with a "<"
/// on they are markup and stay), C1 controls read as windows-1252, Latin ligatures opened, full-width and
/// half-width forms brought to normal width, curly quotes straightened, terminal colours and control
/// characters removed, composed (NFC). Line ends stay as they are.
std::string fix_text(std::string_view utf8);

}  // namespace clipmill
