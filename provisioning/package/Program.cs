// sbom APP_DIRECTORY TIME_S: writes the bill of materials of a published agent to standard output. For build-arm64.sh.
using System.Globalization;
using EdgeAgent.Packaging;

if (args is not [var directory, var time]
    || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
{
    Console.Error.WriteLine("expected: sbom APP_DIRECTORY TIME_S: a directory with edge-agent.deps.json, and seconds since 1970");
    return 2;
}
var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder ? folder
    : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
Console.Out.Write(Sbom.Of(directory, packages, DateTimeOffset.FromUnixTimeSeconds(seconds)));
return 0;
