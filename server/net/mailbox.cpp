#include "server/net/mailbox.hpp"

#include <asio/post.hpp>

#include <utility>

namespace net {

bool Mailbox::post(Letter letter) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return false;
  letters_.push_back(std::move(letter));
  if (letters_.size() == 1) asio::post(*context_, [self = shared_from_this()] { self->read(); });
  return true;
}

void Mailbox::close() {
  std::vector<Letter> unread;
  const std::lock_guard lock(mutex_);
  context_ = nullptr;
  unread.swap(letters_);
}

void Mailbox::read() {
  std::vector<Letter> letters;
  {
    const std::lock_guard lock(mutex_);
    letters.swap(letters_);
  }
  for (Letter& letter : letters) letter();
}

}  // namespace net
