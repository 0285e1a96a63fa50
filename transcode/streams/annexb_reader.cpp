#include "transcode/streams/annexb_reader.hpp"

namespace transcode {

AnnexbReader::AnnexbReader(base::ByteView file, VideoCodec codec)
    : file_(file), codec_(codec), units_(file), ahead_(units_.next()) {
  damage_.skipped_bytes = ahead_ ? ahead_->at : file.size();
}

std::optional<AccessUnit> AnnexbReader::next() {
  while (const auto picture = next_picture()) {
    key_seen_ = key_seen_ || picture->key;
    if (key_seen_) return picture;
    ++damage_.missing_pictures;
  }
  return std::nullopt;
}

std::optional<AccessUnit> AnnexbReader::next_picture() {
  if (!ahead_) return std::nullopt;
  AccessUnit picture;
  const std::size_t begin = ahead_->at;
  std::size_t end = begin;
  bool has_slice = false, has_sequence_set = false;
  for (; ahead_; ahead_ = units_.next()) {
    const NalKind kind = kind_of(codec_, ahead_->bytes);
    if (has_slice && kind.begins_picture) break;
    if (!kind.valid) ++damage_.damaged_records;
    has_slice = has_slice || kind.slice;
    has_sequence_set = has_sequence_set || kind.sequence_set;
    picture.key = picture.key || kind.random_access;
    picture.restarts_order = picture.restarts_order || kind.restarts_order;
    end = ahead_->end;
  }
  if (!has_slice) {  // the file ends with something that belongs to no picture
    damage_.skipped_bytes += end - begin;
    return std::nullopt;
  }
  // Some H.264 cameras have no IDR picture but the first: a picture that brings its SPS is where they mean one to
  // enter.
  if (codec_ == VideoCodec::h264 && has_sequence_set) picture.key = true;
  picture.bytes = file_.subspan(begin, end - begin);
  return picture;
}

}  // namespace transcode
