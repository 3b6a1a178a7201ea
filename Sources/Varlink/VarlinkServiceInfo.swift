import JSONText

/// What a service says about itself: the reply of `org.varlink.service.GetInfo`.
public struct VarlinkServiceInfo: Sendable, JSONWritable {
    public var vendor: String
    public var product: String
    public var version: String
    public var url: String
    /// Descriptions in the Varlink interface language, by interface name; `org.varlink.service` is added.
    public var interfaces: [String: String]

    public init(vendor: String, product: String, version: String, url: String, interfaces: [String: String]) {
        self.vendor = vendor
        self.product = product
        self.version = version
        self.url = url
        self.interfaces = interfaces
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("vendor", vendor)
            json.member("product", product)
            json.member("version", version)
            json.member("url", url)
            json.member("interfaces", [Self.serviceName] + interfaces.keys.sorted())
        }
    }

    /// The interface that every service has.
    static let serviceName = "org.varlink.service"

    func description(of interface: String) -> String? {
        interface == Self.serviceName ? Self.serviceDescription : interfaces[interface]
    }

    private static let serviceDescription = """
        # The interface that every service has.
        interface org.varlink.service

        method GetInfo() -> (
          vendor: string,
          product: string,
          version: string,
          url: string,
          interfaces: []string
        )

        method GetInterfaceDescription(interface: string) -> (description: string)

        error InterfaceNotFound (interface: string)
        error MethodNotFound (method: string)
        error MethodNotImplemented (method: string)
        error InvalidParameter (parameter: string)
        error PermissionDenied ()
        error ExpectedMore ()

        """
}

/// The errors of `org.varlink.service`; written as JSON, the error's parameters.
public enum VarlinkServiceError: Error, Equatable, Sendable, JSONWritable {
    case interfaceNotFound(String)
    case methodNotFound(String)
    case methodNotImplemented(String)
    case invalidParameter(String)
    case permissionDenied
    case expectedMore

    public var qualifiedName: String {
        let name =
            switch self {
            case .interfaceNotFound: "InterfaceNotFound"
            case .methodNotFound: "MethodNotFound"
            case .methodNotImplemented: "MethodNotImplemented"
            case .invalidParameter: "InvalidParameter"
            case .permissionDenied: "PermissionDenied"
            case .expectedMore: "ExpectedMore"
            }
        return "\(VarlinkServiceInfo.serviceName).\(name)"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .interfaceNotFound(let name): json.member("interface", name)
            case .methodNotFound(let name), .methodNotImplemented(let name): json.member("method", name)
            case .invalidParameter(let name): json.member("parameter", name)
            case .permissionDenied, .expectedMore: break
            }
        }
    }
}
