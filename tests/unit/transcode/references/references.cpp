#include "tests/unit/transcode/references/references.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <stdexcept>
#include <string>

#include "tests/support/temp_folder.hpp"

namespace transcode::test {

namespace {
using base::Bytes;

constexpr std::size_t head_size = 8;  // size, type

void append_be(Bytes& out, std::uint64_t value, unsigned bytes) {
  while (bytes-- > 0) out.push_back(static_cast<std::uint8_t>(value >> (8 * bytes)));
}

void append(Bytes& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

Bytes box(std::string_view type, const Bytes& content) {
  Bytes out;
  append_be(out, head_size + content.size(), 4);
  append(out, type);
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

// An alias record: fields of fixed width, which say little, then tagged ones; tag 2 is the absolute path.
Bytes alias_to(const std::string& path) {
  constexpr std::size_t fixed = 154;  // of them four of version and flags, which do not say "in this file"
  constexpr unsigned absolute_path = 2, end = 0xffff;
  Bytes out(fixed);
  append_be(out, absolute_path, 2);
  append_be(out, path.size(), 2);
  append(out, path);
  if (path.size() % 2 != 0) out.push_back(0);
  append_be(out, end, 2);
  append_be(out, 0, 2);
  return out;
}

Bytes url_to(const std::string& path) {
  Bytes out(4);
  append(out, "file://" + path);
  out.push_back(0);
  return out;
}

struct Place {
  std::size_t at = 0;
  std::size_t size = 0;
};

Place find_box(const Bytes& file, Place within, std::string_view type) {
  for (std::size_t at = within.at; at + head_size <= within.at + within.size;) {
    const std::size_t size = base::load_be<std::uint32_t>(file.data() + at);
    if (base::as_text(file).substr(at + 4, 4) == type) return {at, size};
    at += std::max(size, head_size);
  }
  throw std::runtime_error("the movie has no box " + std::string(type));
}

void set_size(Bytes& file, std::size_t at, std::size_t size) {
  for (unsigned n = 0; n < 4; ++n) file[at + n] = static_cast<std::uint8_t>(size >> (8 * (3 - n)));
}

// The boxes around it grow along. It stands behind the samples, so that no offset of theirs changes.
void replace_dref(Bytes& file, const Bytes& entry) {
  Bytes content(4);
  append_be(content, 1, 4);  // one entry
  content.insert(content.end(), entry.begin(), entry.end());
  const Bytes dref = box("dref", content);

  constexpr std::array<const char*, 5> around{"moov", "trak", "mdia", "minf", "dinf"};
  std::array<Place, around.size()> places;
  Place within{0, file.size()};
  for (std::size_t n = 0; n < around.size(); ++n) {
    places[n] = find_box(file, within, around[n]);
    within = {places[n].at + head_size, places[n].size - head_size};
  }
  const Place old = find_box(file, within, "dref");
  for (const Place& place : places) set_size(file, place.at, place.size + dref.size() - old.size);
  const auto begin = file.begin() + static_cast<std::ptrdiff_t>(old.at);
  file.insert(file.erase(begin, begin + static_cast<std::ptrdiff_t>(old.size)), dref.begin(), dref.end());
}
}  // namespace

const Bytes& small_movie() {
  static const Bytes movie = [] {
    const tests::TempFolder folder;
    const std::string path = folder / "movie.mov";
    const std::string command =
        "ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=320x240:rate=20:duration=0.5 -c:v libx264 -preset "
        "ultrafast -pix_fmt yuv420p " +
        path;
    if (std::system(command.c_str()) != 0) throw std::runtime_error("ffmpeg makes no movie");
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
  }();
  return movie;
}

Bytes pointing_outside(std::string_view type, const std::filesystem::path& target) {
  Bytes file = small_movie();
  const Place samples = find_box(file, {0, file.size()}, "mdat");
  std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(samples.at + head_size), samples.size - head_size,
              std::uint8_t{0});
  replace_dref(file, box(type, type == "alis" ? alias_to(target) : url_to(target)));
  return file;
}

}  // namespace transcode::test
