// Movies whose samples are said to be in another file of the machine: what a hostile file could be after.
#pragma once

#include <filesystem>
#include <string_view>

#include "server/base/bytes.hpp"

namespace transcode::test {

// A QuickTime movie of half a second, H.264, with its index behind the pictures. Of the ffmpeg program, made once.
const base::Bytes& small_movie();

// small_movie() with nothing but zeros where its pictures were, and its data reference (dref) replaced by one of
// `type` that leads to `target`, absolute: "alis", the Macintosh alias FFmpeg can follow, or "url ".
base::Bytes pointing_outside(std::string_view type, const std::filesystem::path& target);

}  // namespace transcode::test
