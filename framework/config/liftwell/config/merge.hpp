// SPDX-License-Identifier: MIT
#pragma once

#include "liftwell/registry/node.hpp"

namespace liftwell {

/// `over` laid on `base`, as `extends:` does. Mappings are merged key by key; a list or a scalar
/// replaces what was there; nothing (~) removes the key. Where both sides name a `type` and the
/// types differ, `over` replaces the whole component: the options of one type make no sense in
/// another.
[[nodiscard]] Node merged(const Node& base, const Node& over);

}  // namespace liftwell
