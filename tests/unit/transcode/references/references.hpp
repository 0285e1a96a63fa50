// Films that more than one test needs: of JPEGs, and those whose samples are said to be in another file of the machine,
// which is what a hostile one could be after.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "server/base/bytes.hpp"

namespace transcode::test {

// A QuickTime movie of half a second, H.264, with its index behind the pictures. Of the ffmpeg program, made once.
const base::Bytes& small_movie();

// small_movie() with nothing but zeros where its pictures were, and its data reference (dref) replaced by one of
// `type` that leads to `target`, absolute: "alis", the Macintosh alias FFmpeg can follow, or "url ".
base::Bytes pointing_outside(std::string_view type, const std::filesystem::path& target);

// A recording of 50 pictures of 320×240, as our own writer makes it of a camera's stream: it wavers, stops for a
// second, and goes on. Made once.
struct JpegFilm {
  base::Bytes file;
  std::vector<double> times;  // s; of the pictures
  double duration = 0;        // s
};
const JpegFilm& jpeg_film();

}  // namespace transcode::test
