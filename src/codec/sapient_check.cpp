// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <google/protobuf/unknown_field_set.h>

#include <cmath>
#include <numbers>

#include "picket/codec/sapient.h"
#include "sapient_wire.h"

namespace picket::sapient {
namespace {

namespace pb = google::protobuf;
using Rule = wire::Rule;

/// Walks a message and all that it holds by its description, so that a rule is written once: in
/// proto/sapient.proto, beside the field that it is of.
class Walk {
 public:
  explicit Walk(Errors& errors) : errors_(errors) {}

  void Message(const pb::Message& message, const std::string& path);

 private:
  void Field(const pb::Message& message, const pb::FieldDescriptor* field, const std::string& path);
  void Value(const pb::Message& message, const pb::FieldDescriptor* field, int index,
             const std::string& path);
  void Number(double value, const Rule& rule, const std::string& path);
  void Text(const std::string& text, const Rule& rule, const std::string& path);
  /// Rules of several fields together.
  void Together(const pb::Message& message, const std::string& path);
  template <typename Registration, typename StatusReport, typename Task>
  void Apart(const pb::Message& message, const std::string& path);
  void LocationType(const wire::Registration::LocationType& type, const std::string& path);
  void Location(const wire::Location& at, const std::string& path);
  template <typename RangeBearing>
  void Polar(const RangeBearing& at, const std::string& path);
  void Between(bool stated, double value, double least, double most, std::string_view unit,
               const std::string& path);

  void Fail(const std::string& path, std::string what) {
    if (errors_.size() >= kMaxViolations) return;
    Error error;
    error.field = path;
    error.what = std::move(what);
    errors_.push_back(std::move(error));
  }

  Errors& errors_;
};

std::string Below(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

void Walk::Message(const pb::Message& message, const std::string& path) {
  const pb::Descriptor* const type = message.GetDescriptor();
  const pb::Reflection* const values = message.GetReflection();
  const pb::UnknownFieldSet& unknown = values->GetUnknownFields(message);
  for (int i = 0; i < unknown.field_count() && i < 10; ++i) {
    Fail(path, fmt::format("has a field of number {}, which the standard does not have",
                           unknown.field(i).number()));
  }
  for (int i = 0; i < type->real_oneof_decl_count(); ++i) {
    const pb::OneofDescriptor* const choice = type->oneof_decl(i);
    if (!choice->options().GetExtension(wire::one_of_these)) continue;
    if (values->HasOneof(message, choice)) continue;
    std::string names;
    for (int k = 0; k < choice->field_count(); ++k) {
      names += fmt::format("{}{}", k == 0 ? "" : ", ", choice->field(k)->name());
    }
    Fail(path, fmt::format("has none of {}, expected one", names));
  }
  for (int i = 0; i < type->field_count(); ++i) Field(message, type->field(i), path);
  Together(message, path);
}

void Walk::Field(const pb::Message& message, const pb::FieldDescriptor* field,
                 const std::string& path) {
  const pb::Reflection* const values = message.GetReflection();
  const bool mandatory = field->options().GetExtension(wire::rule).mandatory();
  if (field->is_repeated()) {
    const int count = values->FieldSize(message, field);
    if (mandatory && count == 0) {
      Fail(Below(path, field->name()), "is empty, expected at least one");
    }
    for (int i = 0; i < count && errors_.size() < kMaxViolations; ++i) {
      Value(message, field, i, fmt::format("{}[{}]", Below(path, field->name()), i));
    }
    return;
  }
  if (!values->HasField(message, field)) {
    if (mandatory) Fail(Below(path, field->name()), "is missing, and mandatory");
    return;
  }
  Value(message, field, -1, Below(path, field->name()));
}

void Walk::Value(const pb::Message& message, const pb::FieldDescriptor* field, int index,
                 const std::string& path) {
  const pb::Reflection* const values = message.GetReflection();
  const Rule& rule = field->options().GetExtension(wire::rule);
  const bool one = index < 0;
  switch (field->cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_MESSAGE: {
      const pb::Message& inner = one ? values->GetMessage(message, field)
                                     : values->GetRepeatedMessage(message, field, index);
      if (const auto* const time = dynamic_cast<const pb::Timestamp*>(&inner)) {
        if (!TimeOf(*time)) Fail(path, "is no time from 1970 to 2261");
      } else {
        Message(inner, path);
      }
      return;
    }
    case pb::FieldDescriptor::CPPTYPE_ENUM: {
      const int value = one ? values->GetEnumValue(message, field)
                            : values->GetRepeatedEnumValue(message, field, index);
      if (field->enum_type()->FindValueByNumber(value) == nullptr) {
        Fail(path, fmt::format("is {}, which {} does not have", value, field->enum_type()->name()));
      } else if (value == 0 && (rule.mandatory() || field->containing_oneof() != nullptr)) {
        Fail(path, "is unspecified, expected a value");
      }
      return;
    }
    case pb::FieldDescriptor::CPPTYPE_FLOAT:
      return Number(
          one ? values->GetFloat(message, field) : values->GetRepeatedFloat(message, field, index),
          rule, path);
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      return Number(one ? values->GetDouble(message, field)
                        : values->GetRepeatedDouble(message, field, index),
                    rule, path);
    case pb::FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      return Text(one ? values->GetStringReference(message, field, &scratch)
                      : values->GetRepeatedStringReference(message, field, index, &scratch),
                  rule, path);
    }
    default:
      return;  // whole numbers and flags have no rules of their own
  }
}

void Walk::Number(double value, const Rule& rule, const std::string& path) {
  if (!std::isfinite(value)) {
    Fail(path, "is not finite, expected a number");
  } else if (rule.fraction() && (value < 0.0 || value > 1.0)) {
    Fail(path, fmt::format("is {:.6g}, expected 0 to 1", value));
  }
}

void Walk::Text(const std::string& text, const Rule& rule, const std::string& path) {
  const std::string shown = text.substr(0, 60);
  if (rule.id() == wire::UUID && !IsUuid(text)) {
    Fail(path, fmt::format("is \"{}\", expected a UUID of version 4, lower case, such as "
                           "a8654cdf-4328-47de-81fa-c495589e30c8",
                           shown));
  } else if (rule.id() == wire::ULID && !IsUlid(text)) {
    Fail(path, fmt::format("is \"{}\", expected a ULID, 26 upper-case letters such as "
                           "01H4R63D7NVN8444Z5M77WEBY7",
                           shown));
  } else if (rule.mandatory() && text.find_first_not_of(" \t\r\n") == std::string::npos) {
    Fail(path, "is empty, and mandatory");
  }
}

void Walk::Between(bool stated, double value, double least, double most, std::string_view unit,
                   const std::string& path) {
  if (!stated || !std::isfinite(value) || (value >= least && value <= most)) return;
  Fail(path, fmt::format("is {:.10g}, expected {:.10g} to {:.10g} {}", value, least, most, unit));
}

void Walk::Location(const wire::Location& at, const std::string& path) {
  using enum wire::LocationCoordinateSystem;
  double unit = 1.0;  // degrees in one of theirs
  switch (at.coordinate_system()) {
    case LOCATION_COORDINATE_SYSTEM_LAT_LNG_RAD_M:
      unit = std::numbers::pi / 180.0;
      [[fallthrough]];
    case LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M: {
      const std::string_view name = unit == 1.0 ? "degrees" : "radians";
      Between(at.has_x(), at.x(), -180.0 * unit, 180.0 * unit, name, Below(path, "x"));
      Between(at.has_y(), at.y(), -90.0 * unit, 90.0 * unit, name, Below(path, "y"));
      break;
    }
    default:
      break;
  }
  constexpr double kMost = 1e9;
  Between(at.has_x_error(), at.x_error(), 0.0, kMost, "", Below(path, "x_error"));
  Between(at.has_y_error(), at.y_error(), 0.0, kMost, "", Below(path, "y_error"));
  Between(at.has_z_error(), at.z_error(), 0.0, kMost, "m", Below(path, "z_error"));
}

template <typename RangeBearing>
void Walk::Polar(const RangeBearing& at, const std::string& path) {
  using enum wire::RangeBearingCoordinateSystem;
  const bool radians = at.coordinate_system() == RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_M ||
                       at.coordinate_system() == RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_KM;
  const double unit = radians ? std::numbers::pi / 180.0 : 1.0;
  const std::string_view name = radians ? "radians" : "degrees";
  constexpr double kMost = 1e9;
  Between(at.has_azimuth(), at.azimuth(), -360.0 * unit, 360.0 * unit, name,
          Below(path, "azimuth"));
  Between(at.has_elevation(), at.elevation(), -90.0 * unit, 90.0 * unit, name,
          Below(path, "elevation"));
  Between(at.has_range(), at.range(), 0.0, kMost, "", Below(path, "range"));
  Between(at.has_azimuth_error(), at.azimuth_error(), 0.0, kMost, name,
          Below(path, "azimuth_error"));
  Between(at.has_elevation_error(), at.elevation_error(), 0.0, kMost, name,
          Below(path, "elevation_error"));
  Between(at.has_range_error(), at.range_error(), 0.0, kMost, "", Below(path, "range_error"));
}

void Walk::LocationType(const wire::Registration::LocationType& type, const std::string& path) {
  const bool cartesian = type.has_location_units();
  if (type.coordinates_oneof_case() != 0 && type.datum_oneof_case() != 0 &&
      cartesian != type.has_location_datum()) {
    Fail(path, "mixes units of a location with the datum of a range and bearing, or the reverse");
  }
  // The place of the node itself states its zone each time.
  const bool own_place = path.ends_with("location_definition");
  if (type.location_units() == wire::LOCATION_COORDINATE_SYSTEM_UTM_M && type.zone().empty() &&
      !own_place) {
    Fail(Below(path, "zone"), "is missing, and mandatory with UTM");
  }
}

void Walk::Together(const pb::Message& message, const std::string& path) {
  if (const auto* const type = dynamic_cast<const wire::Registration::LocationType*>(&message)) {
    LocationType(*type, path);
  } else if (const auto* const at = dynamic_cast<const wire::Location*>(&message)) {
    Location(*at, path);
  } else if (const auto* const polar = dynamic_cast<const wire::RangeBearing*>(&message)) {
    Polar(*polar, path);
  } else if (const auto* const cone = dynamic_cast<const wire::RangeBearingCone*>(&message)) {
    Polar(*cone, path);
  } else if (const auto* const node = dynamic_cast<const wire::Registration*>(&message)) {
    if (node->has_icd_version() && node->icd_version() != kVersion) {
      Fail(Below(path, "icd_version"),
           fmt::format("is \"{}\", expected \"{}\" or \"{}\"", node->icd_version().substr(0, 60),
                       kVersion, kFirstVersion));
    }
  } else {
    // What the versions have apart, but with the same rules.
    Apart<wire::Registration, wire::StatusReport, wire::Task>(message, path);
    Apart<wire::v1::Registration, wire::v1::StatusReport, wire::v1::Task>(message, path);
  }
}

template <typename Registration, typename StatusReport, typename Task>
void Walk::Apart(const pb::Message& message, const std::string& path) {
  if (const auto* const definition =
          dynamic_cast<const typename Registration::StatusDefinition*>(&message)) {
    // A node stands somewhere on the earth: range and bearing need somebody to measure from.
    if (definition->has_location_definition() &&
        !definition->location_definition().has_location_units()) {
      Fail(Below(path, "location_definition.location_units"),
           "is missing, and mandatory for the node's own place");
    }
  } else if (const auto* const power =
                 dynamic_cast<const typename StatusReport::Power*>(&message)) {
    Between(power->has_level(), power->level(), 0.0, 100.0, "%", Below(path, "level"));
  } else if (const auto* const task = dynamic_cast<const typename Task::Command*>(&message)) {
    const bool empty = (task->has_request() && task->request().empty()) ||
                       (task->has_mode_change() && task->mode_change().empty());
    if (empty) Fail(path, "is an empty command");
  }
}

}  // namespace

Errors Violations(const wire::SapientMessage& message) {
  Errors errors;
  Walk(errors).Message(message, "");
  return errors;
}

Errors Violations(const Received& received) {
  if (!received.first()) return Violations(*received.message);
  Errors errors;
  Walk(errors).Message(*received.of_first, "");
  return errors;
}

}  // namespace picket::sapient
