// The variables that conditions and texts may use, and their slots. Names follow the CEL rule of
// the longest declared prefix: `event.properties.price` is the variable `event.properties` and its
// member `price`.
#pragma once

#include <cstdint>

namespace sapa::variables {

enum Slot : uint32_t {
  kEvent,              ///< event: the whole message, a map
  kEventName,          ///< event.name: string
  kEventTimestamp,     ///< event.timestamp: timestamp
  kEventProperties,    ///< event.properties: map(string, dyn)
  kEventContext,       ///< event.context: map(string, dyn)
  kEventTraits,        ///< event.traits: map(string, dyn)
  kCustomer,           ///< customer: its traits, map(string, dyn)
  kCustomerId,         ///< customer.id: string
  kCustomerFirstSeen,  ///< customer.first_seen: timestamp; unset before the first event is done
  kCustomerLastSeen,   ///< customer.last_seen: timestamp of the latest event before this one; unset
                       ///< at the first
  kCustomerTimeZone,   ///< customer.timezone: string
  kCustomerLocale,     ///< customer.locale: string
  kCustomerStage,      ///< customer.stage: string; unset if in none
  kNow,                ///< now: timestamp of what causes the trigger
  kFirstDynamic = 32,  ///< from here on: see below
};

/// Slots of what the workspace defines: base + index.
inline constexpr uint32_t kMetrics = 1u << 16;   ///< metrics.NAME
inline constexpr uint32_t kSegments = 2u << 16;  ///< segments.NAME: bool
/// A pattern's named step i: STEP (message map), STEP.properties, STEP.context, STEP.timestamp … at
/// kSteps + 8 * i + one of these.
inline constexpr uint32_t kSteps = 3u << 16;
enum StepSlot : uint32_t {
  kStepMessage,
  kStepName,
  kStepTimestamp,
  kStepProperties,
  kStepContext,
  kStepTraits,
};

}  // namespace sapa::variables
