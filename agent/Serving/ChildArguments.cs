using System.Globalization;

namespace EdgeAgent.Serving;

/// <summary>
/// How a child process is told what the service runs: engines are built, and measured, for exactly these providers and sizes.
/// </summary>
internal static class ChildArguments
{
    public const string Store = "--store", Providers = "--providers", Rows = "--rows", Context = "--context", Chunk = "--chunk",
        Variant = "--variant";

    public static string[] Of(StudentOptions student)
    {
        var decoder = student.Decoder;
        return
        [
            .. decoder.Devices is { } store ? new[] { Store, store.Root } : [],
            Providers, string.Join(',', student.Require is { } only ? [only] : student.Providers),
            Rows, Text(decoder.Rows), Context, Text(decoder.Context), Chunk, Text(decoder.Chunk),
        ];
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
