#include "server/relay/shogun/file_name.hpp"

#include <algorithm>
#include <array>

#include "server/base/utf8.hpp"
#include "server/relay/shogun/xml.hpp"

namespace shogun {

namespace {
constexpr std::string_view forbidden = "<>:\"/\\|?*";

std::string_view without_ends(std::string_view name) noexcept {
  name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
  return name.substr(0, name.find_last_not_of(" .") + 1);
}

bool is_device(std::string_view name) noexcept {
  std::string_view stem = name.substr(0, name.find('.'));
  stem = stem.substr(0, stem.find_last_not_of(' ') + 1);
  for (const std::string_view device : {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"})
    if (xml::same_word(stem, device)) return true;
  // One digit, or one of the three that are printed above the line.
  constexpr std::array<std::string_view, 3> raised{"¹", "²", "³"};
  const std::string_view number = stem.substr(std::min<std::size_t>(3, stem.size()));
  const bool numbered =
      (number.size() == 1 && number[0] >= '0' && number[0] <= '9') || std::ranges::find(raised, number) != raised.end();
  return numbered && (xml::same_word(stem.substr(0, 3), "COM") || xml::same_word(stem.substr(0, 3), "LPT"));
}
}  // namespace

std::string sanitise_name(std::string_view text) {
  std::string name = base::without_controls(text);
  std::ranges::replace_if(name, [](char c) { return forbidden.contains(c); }, '_');
  name = without_ends(base::cut_utf8(without_ends(name), max_file_name_size));
  if (is_device(name)) name.insert(0, "_");
  return name;
}

}  // namespace shogun
