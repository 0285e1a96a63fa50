// Which of the commands under way an answer of a device is about. Nothing in the answer names a command: kind, cameras,
// length and begin have to do. Pure.
#pragma once

#include <span>

#include "server/avl/camera_request.hpp"
#include "storage/catalog/capture_catalog.hpp"

namespace capture {

// Whether the part's command can have this answer, leaving its time aside.
bool may_answer(const storage::CapturePart& part, const avl::Accepted& accepted);

// `waiting` as CaptureCatalog::awaiting_reply() gives them. Null: it is about none of them, or it cannot be told about
// which. The begin that a device repeats is by its own clock, in UTC or in a local time; where only one part can be
// meant, it is not looked at.
const storage::CapturePart* accepted_part(std::span<const storage::CapturePart> waiting, const avl::Accepted& accepted);
// A refusal says nothing about the command: it is about the one that is under way, or, where there is none, about the
// only one that was.
const storage::CapturePart* refused_part(std::span<const storage::CapturePart> waiting);

}  // namespace capture
