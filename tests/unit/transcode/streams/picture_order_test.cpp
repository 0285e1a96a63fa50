#include "transcode/streams/picture_order.hpp"

#include <gmock/gmock.h>

namespace transcode {
namespace {

using testing::ElementsAre;

TEST(PictureOrder, IsTheRankWithinEachEpoch) {
  const std::vector<OrderedPicture> pictures{{0, true}, {8}, {4}, {2}, {6}, {0, true}, {4}, {2}};
  const auto order = rank_pictures(pictures);
  EXPECT_THAT(order.rank, ElementsAre(0, 4, 2, 1, 3, 5, 7, 6));
  EXPECT_EQ(order.unordered, 0U);
}

TEST(PictureOrder, LeadingPicturesComeBeforeTheirKey) {
  const std::vector<OrderedPicture> pictures{{0, true}, {-4}, {-2}, {2}};
  EXPECT_THAT(rank_pictures(pictures).rank, ElementsAre(2, 0, 1, 3));
}

TEST(PictureOrder, AnEpochThatCannotBeReadStaysInTheOrderOfDecoding) {
  const std::vector<OrderedPicture> pictures{{0, true}, {4}, {2}, {0, true}, {std::nullopt}, {2}, {0, true}, {2}, {2}};
  const auto order = rank_pictures(pictures);
  EXPECT_THAT(order.rank, ElementsAre(0, 2, 1, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(order.unordered, 6U);
}

TEST(PictureOrder, OfNothingIsNothing) {
  EXPECT_TRUE(rank_pictures({}).rank.empty());
}

}  // namespace
}  // namespace transcode
