// Which part a file belongs to: nothing on the wire says it.
#include <latch>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "tests/conformance/captures_fixture.hpp"

namespace tests {
namespace {

using base::Camera;
using storage::CaptureRequest;
using storage::CaptureState;
using storage::Media;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t begin = -an_hour;  // of the video that is asked for

class CatalogMatching : public CaptureTest {
 protected:
  // Of a file that is `changed` from the one that would match: whether it does, said alike before it comes and then.
  template <class Change>
  bool belongs(Media media, Change change) {
    change(media);
    const bool expected = begins(media).has_value();
    const bool does = !store(media).empty();
    EXPECT_EQ(expected, does);
    return does;
  }
  template <class Change>
  bool belongs(Change change) {
    return belongs(video_file(begin, 0), change);
  }
};

TEST_P(CatalogMatching, AVideoIsKnownByDeviceCameraKindTriggerAndTime) {
  const auto request = sent(video_request(begin));
  EXPECT_FALSE(belongs([](Media& each) { each.imei = device(1); }));
  EXPECT_FALSE(belongs([](Media& each) { each.camera = Camera::rear; }));
  EXPECT_FALSE(belongs([](Media& each) { each.camera = Camera::unknown; }));
  EXPECT_FALSE(belongs([](Media& each) { each.kind = base::MediaKind::photo; }));
  EXPECT_FALSE(belongs([](Media& each) { each.kind = base::MediaKind::other; }));
  EXPECT_FALSE(belongs([](Media& each) { each.trigger = "crash"; }));
  EXPECT_FALSE(belongs([](Media& each) { each.captured_at.reset(); }));
  EXPECT_FALSE(belongs([](Media& each) { each.captured_at = base::UtcTime{}; }));
  EXPECT_FALSE(belongs([](Media& each) { each.captured_at = base::UtcTime::max(); }));
  EXPECT_FALSE(belongs([](Media& each) { each.captured_at = base::UtcTime::min(); }));
  EXPECT_EQ(state(request), CaptureState::sent);
  EXPECT_TRUE(belongs([](Media& each) { each.trigger = ""; })) << "the camera does not say";
}

TEST_P(CatalogMatching, ItsTimeTouchesWhatWasAskedFor) {
  std::int64_t asked = begin;
  const auto of = [&](std::int64_t offset, std::optional<std::uint32_t> duration) {
    return [=](Media& each) {
      each.captured_at = at(asked + offset);
      each.duration_s = duration;
    };
  };
  sent(video_request(asked));
  EXPECT_FALSE(belongs(of(15'001, 10))) << "begins more than 5 s behind its end";
  EXPECT_FALSE(belongs(of(-15'001, 10))) << "ends more than 5 s before it begins";
  EXPECT_FALSE(belongs(of(-5'001, {}))) << "of no length that is known";
  EXPECT_TRUE(belongs(of(15'000, 10)));
  sent(video_request(asked -= an_hour));
  EXPECT_TRUE(belongs(of(-15'000, 10)));
  sent(video_request(asked -= an_hour));
  EXPECT_TRUE(belongs(of(-5'000, {})));
  sent(video_request(asked -= an_hour));
  EXPECT_TRUE(belongs(of(-34'000, 120))) << "it has all of it";
}

TEST_P(CatalogMatching, OfSeveralTheOneThatBeginsNearest) {
  const auto request = sent(video_request(begin, {Camera::front}, device(), 3));
  for (std::size_t number = 0; number < 2; ++number) {
    ASSERT_TRUE(must(captures().capture_accepted(request.parts[number].id, "Yes", patience_, at(0))));
    take();
  }
  const auto second = video_file(begin + 9'000, 0);  // it overlaps with all three
  EXPECT_EQ(store(second), request.id.str());
  EXPECT_EQ(part(request, 1).files.at(0).media_id, second.id);
  EXPECT_EQ(store(video_file(begin + 9'500, 0)), "") << "the same once more: the part beside it waits for its own";
  const auto first = video_file(begin + 4'900, 0);
  EXPECT_EQ(store(first), request.id.str());
  EXPECT_EQ(part(request, 0).files.at(0).media_id, first.id) << "near enough, whatever the other one has";
  const auto third = video_file(begin + 27'000, 0);
  EXPECT_EQ(store(third), request.id.str());
  EXPECT_EQ(part(request, 2).files.at(0).media_id, third.id) << "of those that are left, none is nearer";
}

TEST_P(CatalogMatching, TheSameClipOfTwoRequestsGoesToTheOneThatIsOpen) {
  const auto given_up = sent(video_request(begin));
  must(captures().settle_captures({.attempts = 1}, at(a_minute), 10));
  ASSERT_EQ(state(given_up), CaptureState::failed);
  const auto open = sent(video_request(begin));
  EXPECT_EQ(store(video_file(begin, an_hour)), open.id.str());
  EXPECT_EQ(store(video_file(begin, 2 * an_hour)), given_up.id.str()) << "and then to the other one";
  EXPECT_EQ(store(video_file(begin, 3 * an_hour)), "");
}

TEST_P(CatalogMatching, APhotoIsTakenAfterItWasAskedFor) {
  const auto photo_of = [](std::int64_t captured) { return photo_file(captured, 5 * a_minute); };
  const auto request = sent(photo_request(), 3 * a_minute);
  const auto same = [](Media&) {};
  EXPECT_FALSE(belongs(photo_of(a_minute - 1), same)) << "two minutes before";
  EXPECT_FALSE(belongs(photo_of(15 * a_minute + 1), same)) << "ten minutes in the future";
  EXPECT_FALSE(belongs(photo_of(4 * a_minute), [](Media& each) { each.trigger = "ignition"; }));
  EXPECT_TRUE(belongs(photo_of(a_minute), same));
  EXPECT_EQ(state(request), CaptureState::stored);
  const auto second = sent(photo_request(), 4 * a_minute);
  EXPECT_TRUE(belongs(photo_of(15 * a_minute), same));
  const auto third = sent(photo_request(), 4 * a_minute);
  EXPECT_TRUE(belongs(photo_of(0), [](Media& each) { each.captured_at.reset(); })) << "a camera without a clock";
  const auto fourth = sent(photo_request(), 4 * a_minute);
  EXPECT_TRUE(belongs(photo_of(0), [](Media& each) { each.captured_at = base::UtcTime{}; }));
  for (const auto& each : {second, third, fourth}) EXPECT_EQ(state(each), CaptureState::stored);
}

TEST_P(CatalogMatching, ItsFirstSendingCounts) {
  const auto request = sent(photo_request());
  settle(a_minute);
  ASSERT_THAT(take(10 * a_minute), SizeIs(1));
  EXPECT_EQ(store(photo_file(30 * a_second, 10 * a_minute)), request.id.str()) << "the first command was heard";
}

TEST_P(CatalogMatching, APhotoThatComesTooLateIsAnothers) {
  const auto request = sent(photo_request());
  must(captures().settle_captures({.attempts = 1}, at(a_minute), 10));
  EXPECT_EQ(store(photo_file(an_hour, a_minute + an_hour + 1)), "");
  EXPECT_EQ(store(photo_file(an_hour, a_minute + an_hour)), request.id.str());
  EXPECT_EQ(state(request), CaptureState::stored);
}

TEST_P(CatalogMatching, PhotosOfTwoChannelsComeInTheOrderInWhichTheyWereAskedFor) {
  const auto first = sent(photo_request());
  settle(a_minute);
  auto second = photo_request();
  second.channel = storage::CaptureChannel::sms;
  add(second);
  ASSERT_THAT(must(captures().take_captures(second.channel, "n", 9, patience_, at(2 * a_minute))), SizeIs(1));
  EXPECT_EQ(store(photo_file(3 * a_minute, 3 * a_minute)), first.id.str());
  EXPECT_EQ(store(photo_file(3 * a_minute, 3 * a_minute)), second.id.str());
}

TEST_P(CatalogMatching, WhatIsUnsentOrRefusedTakesNoFile) {
  const auto request = add(video_request(begin));
  EXPECT_FALSE(belongs([](Media&) {}));
  take();
  must(captures().capture_refused(request.parts[0].id, "No", at(1)));
  EXPECT_FALSE(belongs([](Media&) {}));
  EXPECT_EQ(state(request), CaptureState::refused);
}

TEST_P(CatalogMatching, WhatIsRefusedTheSecondTimeMayHaveBeenTakenTheFirstTime) {
  const auto request = sent(video_request(begin));
  EXPECT_EQ(settle(2 * a_minute), 1U);
  ASSERT_EQ(ids_of(take(4 * a_minute)).size(), 1U);
  ASSERT_TRUE(must(captures().capture_refused(request.parts[0].id, "Busy", at(4 * a_minute + 1))));
  EXPECT_EQ(state(request), CaptureState::refused);
  EXPECT_EQ(store(video_file(begin, 5 * a_minute)), request.id.str());
  EXPECT_EQ(state(request), CaptureState::stored);
}

TEST_P(CatalogMatching, TheRequestIsSaidOfTheFileEverywhere) {
  const auto request = sent(video_request(begin));
  auto media = video_file(begin, 5);
  media.request_id = "of the caller";
  EXPECT_EQ(store(media), request.id.str());
  EXPECT_EQ(must(catalog_->find_media(media.id))->request_id, request.id.str());
  EXPECT_EQ(store(media), request.id.str()) << "after an answer that got lost";
  EXPECT_TRUE(must(catalog_->jobs().jobs_of(std::vector{media.id})).at(0).urgent);
  auto other = video_file(begin, 6);
  other.request_id = "of the caller";
  EXPECT_EQ(store(other), "of the caller") << "no part waits for it";
  EXPECT_EQ(must(catalog_->find_media(other.id))->request_id, "of the caller");
}

TEST_P(CatalogMatching, AFileThatIsThereAlreadyIsGivenOnce) {
  const auto media = video_file(begin, 5);
  EXPECT_EQ(store(media), "");
  const auto request = sent(video_request(begin));
  auto again = media;
  again.id = base::Uuid::v7(at(9));
  again.object_key += "2";
  again.received_at = at(9);
  const auto done = commit(again);
  EXPECT_TRUE(done.duplicate);
  EXPECT_EQ(done.id, media.id);
  EXPECT_EQ(done.request_id, request.id.str());
  EXPECT_EQ(part(request).files.at(0).media_id, media.id);
  EXPECT_EQ(state(request), CaptureState::stored);
  EXPECT_EQ(must(catalog_->find_media(media.id))->request_id, request.id.str());
  EXPECT_TRUE(must(catalog_->jobs().jobs_of(std::vector{media.id})).at(0).urgent);
  const auto next = sent(video_request(begin + 1));
  EXPECT_EQ(store(again), request.id.str());
  EXPECT_EQ(state(next), CaptureState::sent) << "it belongs to the other one";
}

// ---- At the same time

template <class Work>
void on_threads(std::size_t count, Work work) {
  std::latch start(static_cast<std::ptrdiff_t>(count));
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < count; ++t)
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      work(t);
    });
}

TEST_P(CatalogMatching, NoPartIsTakenTwiceAndNoDeviceHasTwo) {
  constexpr std::uint64_t devices = 50;
  constexpr std::uint32_t parts = 10;
  for (std::uint64_t i = 0; i < devices; ++i) add(video_request(begin, {Camera::front}, device(i), parts));
  std::mutex mutex;
  std::set<base::Uuid> taken;
  std::set<base::Imei> busy;
  on_threads(8, [&](std::size_t) {
    for (;;) {
      const auto got = captures().take_captures("n", 7, patience_, at(0));
      ASSERT_TRUE(got) << got.error().message;
      {
        const std::lock_guard lock(mutex);
        if (taken.size() == devices * parts) return;
        for (const auto& each : *got) {
          EXPECT_TRUE(taken.insert(each.id).second) << "taken twice";
          EXPECT_TRUE(busy.insert(each.imei).second) << "two at once";
        }
      }
      for (const auto& each : *got) {
        {
          const std::lock_guard lock(mutex);
          busy.erase(each.imei);
        }
        EXPECT_TRUE(must(captures().capture_refused(each.id, "No", at(0))));
      }
    }
  });
  EXPECT_EQ(taken.size(), devices * parts);
}

TEST_P(CatalogMatching, OneClipIsOneRequestHoweverOftenItIsAskedForAtOnce) {
  std::atomic<int> made = 0;
  on_threads(8, [&](std::size_t) {
    for (int i = 0; i < 10; ++i) {
      const auto added = captures().add_capture(video_request(begin + i * a_minute));
      ASSERT_TRUE(added) << added.error().message;
      made += added->existed ? 0 : 1;
    }
  });
  EXPECT_EQ(made, 10);
}

TEST_P(CatalogMatching, EveryFileIsOfOnePartAtMost) {
  constexpr int clips = 10;
  const auto from = [](int clip) { return begin + clip * a_minute; };
  std::vector<CaptureRequest> requests;
  for (int clip = 0; clip < clips; ++clip) {
    requests.push_back(sent(video_request(from(clip), {Camera::front, Camera::rear})));
    must(captures().capture_accepted(requests.back().parts[0].id, "Yes", patience_, at(0)));
  }
  std::mutex mutex;
  std::map<std::string, std::multiset<base::Uuid>> given;  // by request
  on_threads(8, [&](std::size_t t) {
    for (int i = 0; i < clips; ++i) {
      const auto clip = (i + static_cast<int>(t)) % clips;
      const auto media = video_file(from(clip), 0, t % 2 == 0 ? Camera::front : Camera::rear);
      const auto done = catalog_->commit_media(media);
      ASSERT_TRUE(done) << done.error().message;
      const std::lock_guard lock(mutex);
      if (!done->request_id.empty()) given[done->request_id].insert(media.id);
    }
  });
  EXPECT_THAT(given, SizeIs(clips));
  for (const auto& request : requests) {
    const auto now = part(request);
    EXPECT_EQ(now.state, CaptureState::stored);
    const std::multiset<base::Uuid> files{now.files.at(0).media_id, now.files.at(1).media_id};
    EXPECT_EQ(given[request.id.str()], files);
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogMatching, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tests
