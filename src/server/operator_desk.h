// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

#include "picket/server/http.h"
#include "picket/server/service.h"

namespace picket {

/// Whose key the header "Authorization: Bearer KEY" holds (RFC 6750, section 2.1); null: nobody's.
[[nodiscard]] const AccessKey* WhoseKey(const AccessSettings& access, std::string_view header);

/// GET /v1/operators: shows where operators stand to those who have the role, and records that it
/// did.
class OperatorDesk {
 public:
  /// `service` must outlive it.
  explicit OperatorDesk(Service& service) : service_(service) {}
  void Show(const HttpRequest& request, std::function<void(HttpResponse)> respond);

 private:
  Service& service_;
};

}  // namespace picket
