#include "server/relay/mavlink/station/image_log.hpp"

#include <algorithm>
#include <limits>

#include "server/relay/mavlink/wire/enums.hpp"
#include "server/relay/mavlink/wire/messages_camera.hpp"

namespace mavlink::station {
namespace {

constexpr std::int64_t none_yet = std::numeric_limits<std::int64_t>::min();  // below all indices
constexpr std::int64_t end_of_exact = 1 << 24;    // indices from here on cannot be asked for: they travel as floats
constexpr std::chrono::milliseconds grace{1000};  // the count may come before the image
// A smaller count this soon after a larger one is an older message that came over a slower link.
constexpr std::chrono::milliseconds reordering{1000};
constexpr std::chrono::milliseconds answer_limit{60'000};  // of a question whose end is never told
// An index that was used before is another image if it was taken this much after all others. Some programs number
// images by the shot they were asked for; others stamp what they send again with a slightly different time.
constexpr std::uint64_t another_image_usec = 1'000'000;
// The first image heard of may be a copy of an old one that somebody else asked for. Older than this it is.
constexpr std::int64_t first_span = 16;
constexpr int try_the_old_way = 2;  // the third one

}  // namespace

CommandLong command_of(const ImageQuestion& question, const Key& key) {
  CommandLong command{.param1 = 0, .param2 = 0, .param3 = 0, .param4 = 0, .param5 = 0, .param6 = 0, .param7 = 0};
  command.target_system = key.address.system;
  command.target_component = key.address.component;
  if (question.old_way) {
    command.command = command::request_camera_image_capture;
    command.param1 = static_cast<float>(question.first);
    return command;
  }
  command.command = command::request_message;
  command.param1 = static_cast<float>(CameraImageCaptured::info.id);
  command.param2 = static_cast<float>(question.first);
  if (question.last > question.first) command.param3 = static_cast<float>(question.last);
  return command;
}

ImageLog::ImageLog(const Timing& timing, bool from_the_start, base::UtcTime met)
    : timing_(timing),
      from_the_start_(from_the_start),
      evicted_(none_yet),
      met_utc_(static_cast<std::uint64_t>(std::max<std::int64_t>(0, met.time_since_epoch().count())) * 1000) {}

const ImageLog::Seen* ImageLog::seen(std::int32_t index, bool ok) const {
  const auto found =
      std::ranges::find_if(seen_, [&](const Seen& image) { return image.index == index && image.ok == ok; });
  return found == seen_.end() ? nullptr : &*found;
}

// Indices tell mostly; where they do not (an old image sent for somebody else, a program that numbers as it likes), the
// time tells that is later than of all images before.
bool ImageLog::is_fresh(const CameraImageCaptured& image, bool ok) const {
  const std::int64_t index = image.image_index;
  const auto before = newest_utc_ != 0 ? newest_utc_ : met_utc_;
  const bool later = image.time_utc > before;
  if (seen(image.image_index, ok))
    return later && newest_utc_ != 0 && image.time_utc - newest_utc_ > another_image_usec;
  if (missing_.contains(image.image_index)) return true;
  const bool old = index <= evicted_ || (first_met_ && index < *first_met_);
  return !old || later;
}

void ImageLog::remember(const CameraImageCaptured& image, bool ok) {
  std::erase_if(seen_, [&](const Seen& s) { return s.index == image.image_index && s.ok == ok; });
  seen_.push_back({image.image_index, ok, image.time_utc});
  if (seen_.size() > max_seen_images) {
    evicted_ = std::max<std::int64_t>(evicted_, seen_.front().index);
    seen_.pop_front();
  }
  newest_utc_ = std::max(newest_utc_, image.time_utc);
  if (!first_seen_) first_seen_ = image.image_index;
}

ImageLog::Verdict ImageLog::captured(const CameraImageCaptured& image, base::SteadyTime) {
  const bool ok = image.capture_result != 0;
  const bool fresh = is_fresh(image, ok);
  const auto missing = missing_.find(image.image_index);
  const bool asked = missing != missing_.end() && missing->second.tries > 0;
  // That it failed may be told before the image of the same number is taken, and is an answer when it was asked for.
  if (missing != missing_.end() && (ok || asked)) missing_.erase(missing);
  if (!fresh) {
    counts_.repeated++;
    return Verdict::repeated;
  }
  remember(image, ok);
  counts_.told++;
  return asked ? Verdict::fetched : Verdict::fresh;
}

void ImageLog::forget() {
  seen_.clear();
  missing_.clear();
  evicted_ = none_yet;
  first_seen_.reset();
}

void ImageLog::first_count(std::int32_t image_count) {
  first_met_ = image_count;
  if (from_the_start_)
    first_met_ = 0;
  else if (first_seen_ && *first_seen_ >= 0 && std::int64_t{image_count} - *first_seen_ <= first_span)
    first_met_ = std::min(image_count, *first_seen_);
}

bool ImageLog::counted(std::int32_t image_count, base::SteadyTime now) {
  if (image_count < 0) return false;
  const bool reset = counted_ && image_count < *counted_;
  if (reset && image_count != 0 && now - counted_at_ < reordering) return false;
  if (reset) {
    forget();
    counted_ = first_met_ = 0;
  } else if (!counted_) {
    first_count(image_count);
    counted_ = first_met_;
  }
  miss(*counted_, image_count, now);
  counted_ = image_count;
  counted_at_ = now;
  return reset;
}

// Counts of thousands of millions are as quick as others: only the last max_missing are looked at one by one.
void ImageLog::miss(std::int64_t from, std::int64_t end, base::SteadyTime now) {
  const std::int64_t last = std::min(end, end_of_exact);
  const std::int64_t first = std::max(from, last - static_cast<std::int64_t>(max_missing));
  counts_.given_up += static_cast<std::uint64_t>(std::max<std::int64_t>(0, end - from));
  for (std::int64_t i = first; i < last; i++) {
    counts_.given_up--;
    const auto index = static_cast<std::int32_t>(i);
    if (!seen(index, true)) missing_.try_emplace(index, Missing{0, now + grace});
  }
  while (missing_.size() > max_missing) {
    missing_.erase(missing_.begin());
    counts_.given_up++;
  }
}

void ImageLog::give_up_spent(base::SteadyTime now) {
  const bool not_to_be_had = refused_new_ && refused_old_;
  counts_.given_up += std::erase_if(missing_, [&](const auto& missing) {
    return missing.second.next <= now && (not_to_be_had || missing.second.tries >= tries_per_image);
  });
}

// A first try asks for those that follow as well: they got lost together. Not all know ranges, so only the first.
ImageQuestion ImageLog::question(std::map<std::int32_t, Missing>::iterator first, base::SteadyTime now) {
  const auto ask = [&](Missing& missing) {
    missing.tries++;
    missing.next = now + answer_limit;
  };
  const bool alternate = first->second.tries == try_the_old_way && !refused_old_;
  ImageQuestion question{first->first, first->first, refused_new_ || alternate};
  bool may_range = first->second.tries == 0 && !question.old_way;
  ask(first->second);
  for (auto next = std::next(first); may_range && next != missing_.end(); ++next) {
    may_range = next->first == question.last + 1 && next->second.tries == 0 && next->second.next <= now &&
                next->first - question.first < images_per_range;
    if (!may_range) break;
    question.last = next->first;
    ask(next->second);
  }
  return question;
}

std::vector<ImageQuestion> ImageLog::questions(base::SteadyTime now) {
  std::vector<ImageQuestion> all;
  if (now < next_round_) return all;
  give_up_spent(now);
  for (auto missing = missing_.begin(); missing != missing_.end() && under_way_ < images_per_round; ++missing) {
    if (missing->second.next > now) continue;
    all.push_back(question(missing, now));
    under_way_++;
  }
  if (!all.empty()) next_round_ = now + timing_.image_round;
  return all;
}

void ImageLog::ended(const ImageQuestion& question, bool unknown, base::SteadyTime now) {
  if (under_way_ > 0) under_way_--;
  if (unknown) (question.old_way ? refused_old_ : refused_new_) = true;
  const auto wait = unknown ? std::chrono::milliseconds(0) : timing_.message_after_ack;
  for (auto missing = missing_.lower_bound(question.first);
       missing != missing_.end() && missing->first <= question.last; ++missing)
    missing->second.next = std::min(missing->second.next, now + wait);
}

std::optional<base::SteadyTime> ImageLog::next_wake() const {
  if (missing_.empty() || under_way_ >= images_per_round) return std::nullopt;
  const auto first = std::ranges::min_element(missing_, {}, [](const auto& missing) { return missing.second.next; });
  return std::max(next_round_, first->second.next);
}

ImageCounts ImageLog::counts() const {
  auto counts = counts_;
  counts.missing = missing_.size();
  return counts;
}

}  // namespace mavlink::station
