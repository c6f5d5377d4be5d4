using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeAgent.Updates;

/// <summary>States of an update, in their order; the last four end it.</summary>
[JsonConverter(typeof(KebabCaseConverter<UpdateState>))]
internal enum UpdateState
{
    Init, Scheduled, Downloading, Verifying, Staging, Trial, Committed, RolledBack, Failed, Cancelled,
}

/// <summary>Enum names as words with hyphens: RolledBack is rolled-back.</summary>
internal sealed class KebabCaseConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower) where T : struct, Enum;
