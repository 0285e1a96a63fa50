#include "tests/unit/tools/verify_bucket.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "storage/files/sha256.hpp"

namespace verify::testing {

namespace evidence = storage::evidence;

base::Imei device(std::uint64_t index) {
  constexpr std::uint64_t first_body = 35630704244101;
  return *base::Imei::from_number(base::with_luhn_digit(first_body + index));
}

base::UtcTime at(std::int64_t seconds) {
  return base::UtcTime(std::chrono::milliseconds(1'790'000'000'000 + seconds * 1'000));
}

std::string sha256_of(std::string_view bytes) {
  storage::Sha256 hash;
  hash.feed(base::as_bytes(bytes));
  return hash.hex().value();
}

Bucket::Bucket() {
  std::filesystem::create_directories(root_);
}

std::string Bucket::store(std::uint64_t device_index, const std::string& content) {
  const auto received = at(++clock_);
  const Clip clip{.device_index = device_index, .id = base::Uuid::v7(received), .content = content};
  const std::string key = fmt::format("media/{}/2026/09/21/{}.mp4", device(device_index).str(), clip.id.str());
  write(key, content);
  set_modified(key, received);
  append(device_index, evidence::record_of(evidence::StoredFile{.id = clip.id,
                                                                .imei = device(device_index),
                                                                .camera = base::Camera::front,
                                                                .kind = base::MediaKind::video,
                                                                .name = "/sd/\"é\".mp4",
                                                                .captured_at = at(clock_ - 60),
                                                                .received_at = received,
                                                                .size = content.size(),
                                                                .sha256 = sha256_of(content),
                                                                .object_key = key,
                                                                .packets = 9,
                                                                .bad_crcs = 1}));
  clips_.emplace(key, clip);
  return key;
}

void Bucket::remove(const std::string& key) {
  const Clip& clip = clips_.at(key);
  append(clip.device_index, evidence::record_of(evidence::DeletedFile{.id = clip.id,
                                                                      .imei = device(clip.device_index),
                                                                      .deleted_at = at(++clock_),
                                                                      .size = clip.content.size(),
                                                                      .sha256 = sha256_of(clip.content),
                                                                      .object_key = key,
                                                                      .reason = "older than 90 days"}));
  std::filesystem::remove(path(key));
}

void Bucket::append(std::uint64_t device_index, const std::string& record) {
  Chain& chain = chains_[device_index];
  chain = {.number = chain.number + 1, .hash = *evidence::hash_of(chain.hash, chain.number + 1, record)};
  waiting_.push_back(evidence::line_of(evidence::Entry{.number = chain.number, .hash = chain.hash, .record = record}));
}

void Bucket::seal() {
  std::vector<std::string> all{evidence::line_of(evidence::SegmentHeader{
      .number = ++segments_, .previous_sha256 = head_, .sealed_at = at(++clock_), .entries = waiting_.size()})};
  all.insert(all.end(), waiting_.begin(), waiting_.end());
  waiting_.clear();
  write_lines(segments_, all);
  head_ = sha256_of(read(segment_path(segments_)));
}

std::string Bucket::read(const std::string& key) const {
  std::ifstream file(path(key), std::ios::binary);
  EXPECT_TRUE(file) << key;
  return {std::istreambuf_iterator<char>(file), {}};
}

void Bucket::write(const std::string& key, const std::string& bytes) const {
  std::filesystem::create_directories(path(key).parent_path());
  std::ofstream(path(key), std::ios::binary | std::ios::trunc) << bytes;
  constexpr std::int64_t long_before = -3600;
  set_modified(key, at(long_before));
}

void Bucket::set_modified(const std::string& key, base::UtcTime time) const {
  std::filesystem::last_write_time(path(key), std::filesystem::file_time_type::clock::from_sys(time));
}

std::vector<std::string> Bucket::lines(std::uint64_t segment) const {
  std::vector<std::string> all;
  const std::string text = read(segment_path(segment));
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    all.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

void Bucket::write_lines(std::uint64_t segment, const std::vector<std::string>& lines) const {
  std::string text;
  for (const std::string& line : lines) (text += line) += '\n';
  write(segment_path(segment), text);
}

Report Bucket::verify(const std::function<void(Request&)>& change) const {
  const auto objects = storage::open_object_store_to_read(url());
  EXPECT_TRUE(objects) << objects.error().message;
  const auto segments = segments_in(**objects);
  Request request{.segments = segments.get(), .objects = objects->get(), .noted = {}, .files = {}};
  change(request);
  Progress progress(false);
  return verify::verify(request, progress);
}

}  // namespace verify::testing
