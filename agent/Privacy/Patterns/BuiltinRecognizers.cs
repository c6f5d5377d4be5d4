using EdgeAgent.Privacy.Patterns.Builtin;

namespace EdgeAgent.Privacy.Patterns;

/// <summary>
/// The recognizers every device has. Shapes come from the standards that the checks name; context words are in both languages.
/// </summary>
internal static class BuiltinRecognizers
{
    public static IReadOnlyList<IRecognizer> All { get; } =
        [.. IdentityRecognizers.All, .. ContactRecognizers.All, .. PaymentRecognizers.All, .. DeviceRecognizers.All,
            .. NetworkRecognizers.All];
}
