using EdgeAgent.Endpoints.Http;

namespace EdgeAgent.Endpoints.Pages;

/// <summary>The deployer's logo, at <c>/kiosk/logo</c>.</summary>
internal static class KioskLogo
{
    public const string Path = "/kiosk/logo", Endings = ".svg, .png, .jpg, .jpeg or .webp";

    /// <summary>Media type by the file's name; null where it is none of <see cref="Endings"/>.</summary>
    public static string? TypeOf(string file) => System.IO.Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".jpg" or ".jpeg" => "image/jpeg",
        ".webp" => "image/webp",
        _ => null,
    };

    /// <exception cref="IOException">It cannot be read.</exception>
    public static IHttpResource Load(string file) => new PageFile(Path, TypeOf(file)!, File.ReadAllBytes(file));
}
