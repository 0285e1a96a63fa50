// What a reader makes of bytes, kept.
#pragma once

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "server/relay/mavlink/wire/frame.hpp"

namespace mavlink::test {

struct Read {
  struct Whole {
    base::Bytes bytes;
    Frame frame;  // without its views
    Address target;
    std::optional<Message> message;
  };
  std::vector<Whole> frames;
  std::vector<std::pair<FrameFault, base::Bytes>> refused;

  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& whole : frames) sum += whole.bytes.size();
    for (const auto& [fault, garbage] : refused) sum += garbage.size();
    return sum;
  }
  FrameReader::Found on_frame() {
    return [this](const Frame& frame) {
      frames.push_back({{frame.bytes.begin(), frame.bytes.end()}, frame, target_of(frame), decode(frame)});
      frames.back().frame.bytes = frames.back().frame.payload = {};
    };
  }
  FrameReader::Refused on_garbage() {
    return [this](FrameFault fault, base::ByteView bytes) {
      refused.emplace_back(fault, base::Bytes(bytes.begin(), bytes.end()));
    };
  }
};

// Fed in pieces of that size; as one datagram.
inline Read read(base::ByteView bytes, std::size_t piece = SIZE_MAX) {
  Read made;
  FrameReader reader;
  for (std::size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size() - at))
    reader.feed(bytes.subspan(at, std::min(piece, bytes.size() - at)), made.on_frame(), made.on_garbage());
  reader.end(made.on_frame(), made.on_garbage());
  return made;
}

inline base::Bytes joined(std::initializer_list<base::ByteView> parts) {
  base::Bytes made;
  for (const base::ByteView part : parts) made.insert(made.end(), part.begin(), part.end());
  return made;
}

// A frame found in bytes that outlive it.
inline Frame frame_of(base::ByteView bytes) {
  Frame made;
  FrameReader reader;
  reader.feed(bytes, [&](const Frame& frame) { made = frame; }, [](FrameFault, base::ByteView) { ADD_FAILURE(); });
  EXPECT_EQ(made.bytes.size(), bytes.size());
  return made;
}

}  // namespace mavlink::test
