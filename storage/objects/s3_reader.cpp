#include "storage/objects/s3_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace storage::s3 {

Reader::Reader(std::shared_ptr<Client> client, std::string key, Head head)
    : client_(std::move(client)), key_(std::move(key)), head_(std::move(head)) {}

base::Result<std::size_t> Reader::read_at(std::uint64_t offset, std::span<std::uint8_t> out) {
  if (offset >= head_.size) return std::size_t{0};
  const auto wanted = out.first(std::min<std::uint64_t>(out.size(), head_.size - offset));
  if (offset != position_) download_.reset();
  position_ = offset;
  if (auto filled = fill(wanted); !filled) return std::unexpected(filled.error());
  return wanted.size();
}

base::Result<> Reader::fill(std::span<std::uint8_t> out) {
  const auto fresh_schedule = [&] { return client_->schedule(client_->deadline(client_->limits().short_operation)); };
  RetrySchedule retry = fresh_schedule();
  while (!out.empty()) {
    if (download_ || begin()) {
      if (const std::size_t got = download_->read(out); got != 0) {
        out = out.subspan(got);
        position_ += got;
        retry = fresh_schedule();  // it goes on, so the time counts from here
        continue;
      }
    }
    const Answer ended = why_it_ended();
    const auto wait = retry.after(judge(ended), base::steady_now());
    if (!wait) return client_->failed(fmt::format("read object '{}' from byte {}", key_, position_), ended);
    std::this_thread::sleep_for(*wait);
  }
  return {};
}

bool Reader::begin() {
  download_ =
      client_->download({.method = "GET",
                         .object = key_,
                         .headers = {{"if-match", head_.etag}, {"range", fmt::format("bytes={}-", position_)}}});
  const Reply head = download_->head();
  // Not ok(): when it broke at once, what came before is good all the same.
  if (head.status == 200) return position_ == 0;  // the whole object
  const std::string* range = head.header("content-range");
  return head.status == 206 && range != nullptr &&
         *range == fmt::format("bytes {}-{}/{}", position_, head_.size - 1, head_.size);
}

Answer Reader::why_it_ended() {
  Answer answer{.reply = download_->head(), .error = {}};
  download_.reset();
  if (answer.reply.fault != Fault::none) return answer;
  if (answer.reply.status == 412) {
    answer.error.code = "PreconditionFailed";
  } else if (!answer.reply.ok()) {
    answer.error = parse_error(answer.reply.body);
  } else {  // an end before the end of the object, or other bytes than those asked for
    answer.reply.fault = Fault::broken;
    answer.reply.detail = "the content is not the range that was asked for";
  }
  return answer;
}

}  // namespace storage::s3
