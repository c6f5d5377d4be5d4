using Microsoft.Extensions.Compliance.Classification;
using Microsoft.Extensions.Compliance.Redaction;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Privacy;

/// <summary>Classes of data in logs, for Microsoft.Extensions.Compliance.</summary>
internal static class LogClasses
{
    private const string Taxonomy = "EdgeAgent";

    /// <summary>Text of users and answers: never in a log.</summary>
    public static readonly DataClassification UserText = new(Taxonomy, nameof(UserText));

    /// <summary>Names, reasons and addresses of brokers, files and devices: in logs with stars for what the patterns find.</summary>
    public static readonly DataClassification Operational = new(Taxonomy, nameof(Operational));
}

/// <summary>Replaces what the patterns find by stars.</summary>
internal sealed class PatternRedactor(Desensitizer desensitizer) : Redactor
{
    public override int GetRedactedLength(ReadOnlySpan<char> input) => input.Length;

    public override int Redact(ReadOnlySpan<char> source, Span<char> destination)
    {
        source.CopyTo(destination);
        foreach (var finding in desensitizer.Find(source.ToString())) destination[finding.Start..finding.End].Fill('*');
        return source.Length;
    }
}

/// <summary>The redactors of the agent's logs, by class.</summary>
internal static class LogRedaction
{
    /// <summary>Recognizers of addresses of brokers and devices, which operators look for in a log; they stay.</summary>
    private static readonly string[] Kept = ["ipv4", "ipv6", "url", "mac-address"];

    public static IRedactorProvider CreateProvider(PrivacyOptions options)
    {
        var patterns = new Desensitizer(options with { Disabled = [.. options.Disabled, .. Kept] }, entities: null);
        var services = new ServiceCollection();
        services.AddSingleton(patterns);
        services.AddRedaction(b =>
            b.SetRedactor<PatternRedactor>(LogClasses.Operational).SetRedactor<ErasingRedactor>(LogClasses.UserText));
        return services.BuildServiceProvider().GetRequiredService<IRedactorProvider>();
    }
}
