#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "storage/formats/mjpeg_mp4.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/transcode/references/references.hpp"

namespace transcode::test {

namespace {

using base::Bytes;
using namespace std::chrono_literals;

Bytes made_by_ffmpeg() {
  const tests::TempFolder folder;
  const std::string path = folder / "pictures.mjpeg";
  const std::string command =
      "ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=320x240:rate=25:duration=2 -c:v mjpeg -q:v 4 " + path;
  if (std::system(command.c_str()) != 0) throw std::runtime_error("ffmpeg makes no pictures");
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// One behind the other.
std::vector<Bytes> pictures() {
  const Bytes stream = made_by_ffmpeg();
  constexpr std::array<std::uint8_t, 4> between{0xff, 0xd9, 0xff, 0xd8};
  std::vector<Bytes> list;
  for (auto at = stream.begin(); at != stream.end();) {
    auto end = std::search(at, stream.end(), between.begin(), between.end());
    if (end != stream.end()) end += 2;
    list.emplace_back(at, end);
    at = end;
  }
  return list;
}

JpegFilm record() {
  storage::MjpegMp4Writer writer;
  JpegFilm film{.file = writer.head(), .times = {}};
  const auto add = [&](base::ByteView bytes) { film.file.insert(film.file.end(), bytes.begin(), bytes.end()); };
  const base::UtcTime begin{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}};
  const auto seconds = [&](base::UtcTime at) { return static_cast<double>((at - begin).count()) / 1000; };
  base::UtcTime at = begin;
  for (const Bytes& picture : pictures()) {
    const auto head = writer.append(picture, at);
    if (!head) throw std::runtime_error(head.error().message);
    add(*head);
    add(picture);
    film.times.push_back(seconds(at));
    at += film.times.size() == 25 ? 1'000ms : film.times.size() % 2 == 0 ? 110ms : 90ms;
  }
  add(writer.finish(at).value());
  film.duration = seconds(at);
  return film;
}

}  // namespace

const JpegFilm& jpeg_film() {
  static const JpegFilm film = record();
  return film;
}

}  // namespace transcode::test
