namespace EdgeAgent.Privacy;

/// <summary>Types of personal and secret data, by their names in placeholders and configuration.</summary>
internal static class EntityTypes
{
    public const string Person = "PERSON", Location = "LOCATION", Organization = "ORGANIZATION";
    public const string CnId = "CN_ID", CnCreditCode = "CN_CREDIT_CODE", CnPlate = "CN_PLATE", CnOfficerId = "CN_OFFICER_ID",
        CnPermit = "CN_PERMIT", Passport = "PASSPORT";
    public const string Phone = "PHONE", Email = "EMAIL", WeChat = "WECHAT", Qq = "QQ";
    public const string BankCard = "BANK_CARD", CreditCard = "CREDIT_CARD", Iban = "IBAN", Crypto = "CRYPTO";
    public const string UsSsn = "US_SSN", DriverLicense = "DRIVER_LICENSE", BirthDate = "BIRTH_DATE", Coordinates = "COORDINATES";
    public const string IpAddress = "IP_ADDRESS", MacAddress = "MAC_ADDRESS", Url = "URL", UrlCredentials = "URL_CREDENTIALS";
    public const string Jwt = "JWT", PrivateKey = "PRIVATE_KEY", ApiKey = "API_KEY", Password = "PASSWORD";
    public const string Vin = "VIN", Imei = "IMEI", EmployeeId = "EMPLOYEE_ID", MachineSerial = "MACHINE_SERIAL";

    /// <summary>Where findings of the same length and score overlap, the type that stands earlier wins. Other types come last.</summary>
    public static readonly IReadOnlyList<string> Priority =
    [
        PrivateKey, Jwt, UrlCredentials, Password, ApiKey, CnId, CnCreditCode, Iban, BankCard, CreditCard, Vin, Imei, Crypto, Email,
        UsSsn, Phone, CnPlate, CnOfficerId, CnPermit,
        Passport, DriverLicense, MacAddress, IpAddress, Url, BirthDate, Coordinates, EmployeeId, MachineSerial, WeChat, Qq, Person,
        Organization, Location,
    ];
}

/// <summary>
/// A piece of text that a recognizer found. Start and End (exclusive) are UTF-16 positions of the original text. Score is 0..1.
/// Validated says that a checksum or parser confirmed it.
/// </summary>
internal sealed record Finding(int Start, int End, string Type, double Score, string Recognizer, bool Validated)
{
    public int Length => End - Start;
}
