using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeAgent.Platform;

namespace EdgeAgent.Telemetry.Weekly;

/// <summary>What a device costs: <c>{"currency":"EUR","per_kwh":0.28,"per_hour":0.05}</c>.</summary>
/// <param name="PerKwh">Price of 1 kWh, 0 or more.</param>
/// <param name="PerHour">Price of an hour of the device itself (purchase, space, upkeep), 0 or more.</param>
internal sealed record Prices(string Currency, double PerKwh, double PerHour)
{
    private const double JoulesPerKwh = 3_600_000;

    /// <exception cref="FormatException">The file holds no prices; says what was expected.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Prices Load(string path)
    {
        try
        {
            var prices = JsonSerializer.Deserialize(TextFile.ReadAllText(path), PricesJson.Default.Prices);
            if (prices is { Currency: not null, PerKwh: >= 0, PerHour: >= 0 }) return prices;
        }
        catch (JsonException e)
        {
            throw new FormatException($"{path}: expected currency, per_kwh and per_hour as JSON; found {e.Message}", e);
        }
        throw new FormatException($"{path}: expected currency, and per_kwh and per_hour of 0 or more");
    }

    /// <summary>Cost of an answer: its energy, where it is known, and its share of the device's hours. Null without any answer.</summary>
    /// <param name="hours">Device hours of the period.</param>
    public double? PerAnswer(BusinessReport report, double hours)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report.Answers > 0 ? (report.JoulesPerAnswer ?? 0) / JoulesPerKwh * PerKwh + hours * PerHour / report.Answers : null;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Prices))]
internal sealed partial class PricesJson : JsonSerializerContext;
