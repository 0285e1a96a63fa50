#include "server/capture/figures.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace capture {
namespace {

using namespace std::chrono_literals;
using base::MediaKind;
using storage::CaptureChannel;

const base::UtcTime asked_at = base::parse_iso8601("2026-11-21T12:00:00Z").value();

prometheus::ClientMetric::Histogram times_of(const prometheus::Registry& registry, const std::string& channel,
                                             const std::string& kind) {
  for (const auto& family : registry.Collect())
    for (const auto& metric : family.metric)
      if (family.name == "dualcamd_capture_seconds" && std::ranges::all_of(metric.label, [&](const auto& label) {
            return label.value == (label.name == "channel" ? channel : kind);
          }))
        return metric.histogram;
  return {};
}

TEST(RequestTimes, AreCountedByChannelAndKind) {
  prometheus::Registry registry;
  RequestTimes times(registry);
  times.answered({CaptureChannel::avl, MediaKind::video, asked_at, asked_at + 42s});
  times.answered({CaptureChannel::avl, MediaKind::video, asked_at, asked_at + 1500ms});
  times.answered({CaptureChannel::sms, MediaKind::photo, asked_at, asked_at + 48h});
  const auto videos = times_of(registry, "avl", "video");
  EXPECT_EQ(videos.sample_count, 2U);
  EXPECT_DOUBLE_EQ(videos.sample_sum, 43.5);
  for (const auto& bucket : videos.bucket) {
    const std::uint64_t within = bucket.upper_bound >= 42 ? 2 : bucket.upper_bound >= 1.5 ? 1 : 0;
    EXPECT_EQ(bucket.cumulative_count, within) << bucket.upper_bound;
  }
  EXPECT_EQ(times_of(registry, "sms", "photo").sample_count, 1U);
  EXPECT_EQ(times_of(registry, "sms", "video").sample_count, 0U);
}

TEST(RequestTimes, AreNeverNegative) {
  prometheus::Registry registry;
  RequestTimes times(registry);
  times.answered({CaptureChannel::webhook, MediaKind::photo, asked_at, asked_at - 2s});
  EXPECT_EQ(times_of(registry, "webhook", "photo").sample_count, 1U);
  EXPECT_EQ(times_of(registry, "webhook", "photo").sample_sum, 0);
}

}  // namespace
}  // namespace capture
