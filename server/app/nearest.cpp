// Which option a misspelt name means.
#include <algorithm>
#include <array>

#include "server/app/settings.hpp"

namespace app {

namespace {
// Longer than every name of an option and any typing error in it; longer names mean none of them.
constexpr std::size_t longest_name = 48;

// DATA_DIR and data_dir are written as data-dir is.
std::string spelt_as_option(std::string_view name) {
  std::string spelt(name);
  for (char& c : spelt) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  return spelt;
}

// Letters to insert, to leave out, to change, or to swap with their neighbour, to get from one to the other.
// Precondition: both have at most longest_name letters.
std::size_t typing_errors(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, longest_name + 1>, longest_name + 1> errors{};
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        errors[i][j] = i + j;
        continue;
      }
      const bool same = a[i - 1] == b[j - 1];
      errors[i][j] = std::min({errors[i - 1][j] + 1, errors[i][j - 1] + 1, errors[i - 1][j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        errors[i][j] = std::min(errors[i][j], errors[i - 2][j - 2] + 1);
    }
  return errors[a.size()][b.size()];
}
}  // namespace

const Option* nearest_option(std::string_view name) {
  if (name.size() > longest_name) return nullptr;
  const std::string given = spelt_as_option(name);
  const Option* nearest = nullptr;
  // One error in four letters is a slip, more is another word.
  std::size_t fewest = std::max<std::size_t>(1, given.size() / 4) + 1;
  for (const Option& option : options()) {
    if (option.name.size() > longest_name) continue;
    const std::size_t errors = typing_errors(given, option.name);
    if (errors >= fewest) continue;
    fewest = errors;
    nearest = &option;
  }
  return nearest;
}

}  // namespace app
